// Why: partners run what their distribution ships. The suite runs under the Node at hand; this runs the sdk's (or the test
// files given as arguments) under others, whose binaries come from the registry (npm packages `node-<platform>-<arch>`, as
// the package `node` installs them). On demand, not a part of CI: it downloads 40 MB a version.
// Usage: node tools/check-node-versions.mjs [--versions 22,24] [test files]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  options: { versions: { type: 'string', default: '22,24' } },
  allowPositionals: true,
})
const tests = positionals.length > 0 ? positionals : ['packages/sdk']
const folder = mkdtempSync(join(tmpdir(), 'countersign-node-'))
try {
  for (const version of values.versions.split(',')) {
    const node = fetchNode(version)
    console.log(`=== ${run(node, ['--version']).stdout.trim()}`)
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
    const { status } = spawnSync(node, [vitest, 'run', ...tests], { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** @returns the path of a node binary of that version */
function fetchNode(version) {
  const name = `node-${process.platform}-${process.arch}@${version}`
  const target = join(folder, version)
  run('npm', [
    'install',
    '--prefix',
    target,
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--ignore-scripts',
    name,
  ])
  const modules = join(target, 'node_modules')
  const [found] = readdirSync(modules).filter(each => each.startsWith('node-'))
  return join(modules, found, 'bin', 'node')
}

function run(program, args) {
  const done = spawnSync(program, args, { encoding: 'utf8', cwd: folder })
  if (done.status === 0) return done
  throw new Error(`${program} ${args.join(' ')} failed: ${done.error?.message ?? done.stderr}`)
}
