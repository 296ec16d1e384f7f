// Why: tests run on the work tree, users get tarballs. What can only go wrong between the two (a file left out by
// `files`, an export without types, a test or a path of somebody's machine packed along, a type that only resolves in
// a workspace) is found here: every package is packed, examined, installed together with the others into an empty
// folder, type-checked by a consumer, imported, required and started. It packs what stands in dist, so it needs a whole
// build, declarations included, which `npm run check-packages` makes first.
// `--keep` leaves the temporary folder; names as arguments (`protocol sdk`) limit what is examined, not what is packed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require_ = process.features.require_module === true

/** Findings of attw we live with, and why. */
const TOLERATED_ATTW = {
  'node10 NoResolution':
    'node10 resolution knows no `exports`; TypeScript calls it obsolete, Node ≥ 12 never used it',
  'node16-cjs CJSResolvesToESM': 'ESM only by decision: Node ≥ 20.19 can `require` it, which is tried below',
}
/** Findings of publint we live with, and why. */
const TOLERATED_PUBLINT = {}
/** Packages whose dependencies have declarations that fail `skipLibCheck: false`, and which. */
const SKIP_LIB_CHECK = { sandbox: '@electric-sql/pglite 0.5', 'server-verify': 'hono 4' }
/** Optional peers that an entry needs, or whose types it shows: whoever imports that entry has them. */
const PEERS_OF_ENTRIES = ['fastify', 'hono', 'msw']
const NOT_IN_TARBALL = [
  [/\.test\.|(^|\/)(test|tests|testing|__tests__|fixtures)\//, 'a test'],
  [
    /(^|\/)(tsconfig.*\.json|tsup\.config\.ts|node_modules\/|\.turbo\/|\.env|.*\.tsbuildinfo)/,
    'a file of the workshop',
  ],
]
const MACHINE_PATHS = [root, homedir(), tmpdir(), '/home/', '/Users/', 'file:///', 'C:\\Users'].filter(
  path => path.length > 4,
)

const { values, positionals } = parseArgs({
  options: { keep: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const folder = mkdtempSync(join(tmpdir(), 'check-packages-'))
let failures = 0
try {
  const packages = readdirSync(join(root, 'packages'))
    .map(pack)
    .filter(one => one !== undefined)
  const examined = packages.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  for (const one of examined) await examine(one)
  consume(packages, examined)
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true })
  else console.log(`kept ${folder}`)
}
console.log(failures === 0 ? 'packages: all checks passed' : `packages: ${failures} checks failed`)
process.exitCode = failures === 0 ? 0 : 1

/** Prints one line a check. @param {string} name @param {string} what @param {readonly string[]} problems @param {string} [fact] */
function report(name, what, problems, fact = '') {
  console.log(
    `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(13)} ${what}${fact === '' ? '' : `: ${fact}`}`,
  )
  for (const problem of problems) console.log(`       ${problem.replaceAll('\n', '\n       ')}`)
  if (problems.length > 0) failures++
}

/** @param {string} name folder under packages/ */
function pack(name) {
  const source = join(root, 'packages', name)
  if (!existsSync(join(source, 'dist')))
    return report(name, 'pack', ['It has no dist. Run `npm run build` first.'])
  const run = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], source)
  if (run.status !== 0) return report(name, 'pack', [run.stderr])
  const [packed] = JSON.parse(run.stdout)
  const tarball = join(folder, packed.filename)
  const unpacked = join(folder, 'unpacked', name)
  mkdirSync(unpacked, { recursive: true })
  const tar = spawnSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'], {
    encoding: 'utf8',
  })
  if (tar.status !== 0) return report(name, 'unpack', [tar.stderr])
  const files = packed.files.map(({ path }) => path)
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  report(name, 'pack', [], `${files.length} files, ${Math.round(packed.size / 1024)} KiB packed`)
  return { name, tarball, unpacked, files: new Set(files), manifest }
}

/** @param {NonNullable<ReturnType<typeof pack>>} one */
async function examine({ name, tarball, unpacked, files, manifest }) {
  const targets = ['exports', 'imports', 'bin', 'main', 'types'].flatMap(key =>
    listTargets(manifest[key], key),
  )
  const absent = targets.filter(({ target }) => !files.has(target.replace(/^\.\//, '')))
  report(
    name,
    'every target is in the tarball',
    absent.map(({ where, target }) => `${where} → ${target} is not packed`),
    `${targets.length} targets`,
  )

  if (name === 'cli') reportSbom(name, files)

  const basics = ['README.md', 'LICENSE', 'package.json'].filter(file => !files.has(file))
  report(
    name,
    'README, LICENSE',
    basics.map(file => `${file} is not packed. npm packs it when it stands in packages/${name}/.`),
  )

  const foreign = [...files].flatMap(file =>
    NOT_IN_TARBALL.filter(([form]) => form.test(file)).map(
      ([, what]) => `${file} is ${what}: leave it out by \`files\``,
    ),
  )
  report(name, 'no tests, no workshop', foreign)
  report(
    name,
    'no path of a machine',
    [...files].flatMap(file => findMachinePaths(unpacked, file)),
  )

  const imports = [...files].filter(file => /^(bin|dist)\/.*\.(js|d\.ts)$/.test(file))
  const undeclared = imports.flatMap(file => findUndeclared(unpacked, file, manifest))
  report(name, 'every import is declared', undeclared, `${imports.length} files`)

  const bytes = readFileSync(tarball)
  const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: data }, level: 'suggestion' })
  const lint = messages.filter(({ code }) => !(code in TOLERATED_PUBLINT))
  report(
    name,
    'publint',
    lint.map(message => `${message.type}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
  )

  if (listEntries(manifest).length === 0) return
  const attw = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js'),
      tarball,
      '--profile',
      'esm-only',
      '--no-definitely-typed',
      '-f',
      'json',
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  const found = parseAttw(attw)
  const tolerated = new Set(found.filter(({ kind }) => kind in TOLERATED_ATTW).map(({ kind }) => kind))
  report(
    name,
    'attw',
    found.filter(({ kind }) => !(kind in TOLERATED_ATTW)).map(({ kind, text }) => `${kind} ${text}`),
  )
  for (const kind of tolerated) console.log(`       tolerated: ${kind}: ${TOLERATED_ATTW[kind]}`)
}

/** The list of what is installed along. @param {string} name @param {ReadonlySet<string>} files */
function reportSbom(name, files) {
  const run = spawnSync(process.execPath, [join(root, 'tools/make-sbom.mjs'), '--check'], {
    encoding: 'utf8',
  })
  const problems = run.status === 0 ? [] : [run.stderr.trim()]
  if (!files.has('sbom.cdx.json')) problems.push('sbom.cdx.json is not packed')
  report(name, 'sbom.cdx.json', problems)
}

/** @param {readonly NonNullable<ReturnType<typeof pack>>[]} packages @param {readonly NonNullable<ReturnType<typeof pack>>[]} examined */
function consume(packages, examined) {
  const consumer = join(folder, 'consumer')
  mkdirSync(consumer)
  write(
    consumer,
    'package.json',
    JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'module' }),
  )
  const specs = [
    ...packages.map(({ tarball }) => tarball),
    ...['@types/node', ...PEERS_OF_ENTRIES].map(installedVersion),
  ]
  const install = npm(
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--loglevel=error',
      ...specs,
    ],
    consumer,
  )
  report('consumer', 'npm install of the tarballs', install.status === 0 ? [] : [install.stderr])
  if (install.status !== 0) return

  const nested = packages.filter(({ manifest }) =>
    packages.some(other =>
      existsSync(join(consumer, 'node_modules', other.manifest.name, 'node_modules', manifest.name)),
    ),
  )
  report(
    'consumer',
    'one copy of each of ours',
    nested.map(({ manifest }) => `${manifest.name} was installed a second time`),
  )

  for (const { name, manifest } of examined) {
    const entries = listEntries(manifest)
    for (const [moduleKind, resolution] of entries.length === 0
      ? []
      : [
          ['nodenext', 'nodenext'],
          ['esnext', 'bundler'],
        ]) {
      const lines = entries.map(
        (entry, i) =>
          `import * as m${i} from '${entry}'\nconst exported${i}: object = m${i}\nconsole.log(exported${i})`,
      )
      write(consumer, `${name}.ts`, `${lines.join('\n')}\n`)
      const skipLibCheck = name in SKIP_LIB_CHECK
      const tsconfig = {
        compilerOptions: {
          target: 'ES2022',
          lib: ['ES2023'],
          module: moduleKind,
          moduleResolution: resolution,
          types: ['node'],
          strict: true,
          noEmit: true,
          skipLibCheck,
        },
        files: [`${name}.ts`],
      }
      write(consumer, 'tsconfig.json', JSON.stringify(tsconfig))
      const tsc = spawnSync(
        process.execPath,
        [join(root, 'node_modules/typescript/bin/tsc'), '-p', consumer, '--pretty', 'false'],
        { encoding: 'utf8', cwd: consumer },
      )
      const because = skipLibCheck ? `, skipLibCheck because of ${SKIP_LIB_CHECK[name]}` : ''
      report(
        name,
        `tsc, ${resolution}`,
        tsc.status === 0 ? [] : [tsc.stdout.trim()],
        `${entries.length} entries${because}`,
      )
    }
    for (const entry of entries) {
      tryEntry(consumer, name, entry, 'import')
      if (require_) tryEntry(consumer, name, entry, 'require')
    }
    for (const bin of Object.keys(manifest.bin ?? {})) tryBin(consumer, name, bin, manifest.version)
  }
  if (!require_) console.log('     (this Node cannot require ES modules: not tried)')
}

/** @param {string} consumer @param {string} name @param {string} entry @param {'import' | 'require'} how */
function tryEntry(consumer, name, entry, how) {
  const load =
    how === 'import'
      ? `await import('${entry}')`
      : `(await import('node:module')).createRequire(process.cwd() + '/x.js')('${entry}')`
  const program = `const m = ${load}; const n = Object.keys(m); if (n.length === 0) throw new Error('it exports nothing'); if (n.includes('default')) throw new Error('it has a default export'); console.log(n.length)`
  const run = spawnSync(process.execPath, ['--input-type=module', '--no-warnings', '-e', program], {
    cwd: consumer,
    encoding: 'utf8',
    timeout: 30_000,
  })
  const fault =
    run.error !== undefined
      ? 'it did not end within 30 s: importing it must start nothing'
      : run.stderr.trim()
  report(
    name,
    `${how} ${entry}`,
    run.status === 0 ? [] : [fault],
    run.status === 0 ? `${run.stdout.trim()} exports` : '',
  )
}

/** @param {string} consumer @param {string} name @param {string} bin @param {string} version */
function tryBin(consumer, name, bin, version) {
  const path = join(consumer, 'node_modules', '.bin', process.platform === 'win32' ? `${bin}.cmd` : bin)
  const run = spawnSync(path, ['--version'], {
    cwd: consumer,
    encoding: 'utf8',
    timeout: 30_000,
    shell: process.platform === 'win32',
  })
  const said = run.stdout?.trim() ?? ''
  const problems =
    run.status === 0 ? [] : [run.error?.message ?? `exit ${run.status ?? run.signal}: ${run.stderr.trim()}`]
  if (run.status === 0 && !said.includes(version))
    problems.push(`it says ${JSON.stringify(said)}, package.json says ${version}`)
  report(name, `${bin} --version`, problems, said)
}

/** The package at the version of this workspace. @param {string} name */
function installedVersion(name) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
  return `${name}@${version}`
}

/** Every file that a field of package.json names. @param {unknown} value @param {string} where @returns {{ where: string, target: string }[]} */
function listTargets(value, where) {
  if (typeof value === 'string') return value.includes('*') ? [] : [{ where, target: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => listTargets(inner, `${where}[${key}]`))
}

/** What a program can import: exports that are JavaScript. */
function listEntries({ name, exports = {} }) {
  return Object.keys(exports)
    .filter(key => !key.endsWith('.json'))
    .map(key => `${name}${key.slice(1)}`)
}

function findMachinePaths(unpacked, file) {
  const text = readFileSync(join(unpacked, file), 'latin1')
  return MACHINE_PATHS.filter(path => text.includes(path)).map(path => `${file} holds ${path}`)
}

/** Imports of other packages that package.json does not name: in a workspace they resolve by chance. */
function findUndeclared(unpacked, file, manifest) {
  const named = ['dependencies', 'peerDependencies', 'optionalDependencies'].flatMap(key =>
    Object.keys(manifest[key] ?? {}),
  )
  const { importedFiles } = ts.preProcessFile(readFileSync(join(unpacked, file), 'utf8'), true, true)
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter(specifier => !/^[.#]/.test(specifier) && !isBuiltin(specifier))
    .map(specifier =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter(target => target !== manifest.name && !named.includes(target))
    .map(target => `${file} imports ${target}: name it in dependencies or (optional) peerDependencies`)
}

/** @returns {{ kind: string, text: string }[]} */
function parseAttw({ stdout, stderr }) {
  try {
    const { problems } = JSON.parse(stdout).analysis
    return problems.map(({ kind, resolutionKind, entrypoint, ...rest }) => ({
      kind: resolutionKind === undefined ? kind : `${resolutionKind} ${kind}`,
      text: entrypoint ?? JSON.stringify(rest),
    }))
  } catch {
    return [{ kind: 'attw did not run', text: stderr || stdout.slice(0, 500) }]
  }
}

function npm(args, cwd) {
  const env = { ...process.env, npm_config_update_notifier: 'false' }
  return spawnSync(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: process.platform === 'win32',
  })
}

function write(into, file, text) {
  writeFileSync(join(into, file), text)
}
