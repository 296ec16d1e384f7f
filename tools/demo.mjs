// Why: the shortest way to see the whole product. One command takes a partner's file to verified, stored order
// statuses: sandbox with an embedded database → credential → partner-cli → read back. Everything it makes is in a
// temporary folder that is gone afterwards.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cli = join(root, 'packages', 'cli', 'bin', 'partner-cli.js')
const sandboxBin = join(root, 'packages', 'sandbox', 'bin', 'partner-sandbox.js')
const SHOWN_REJECTS = 5
const REJECTED_ROWS = 3

const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'))
const readyFile = join(folder, 'ready.json')
const environment = {
  ...process.env,
  PARTNER_CONFIG_DIR: join(folder, 'config'),
  PARTNER_STATE_DIR: join(folder, 'state'),
}
let sandbox

try {
  process.exitCode = await demo()
} catch (error) {
  console.error(`The demo stopped: ${error.message}`)
  process.exitCode = 1
} finally {
  await stopSandbox()
  rmSync(folder, { recursive: true, force: true })
}

async function demo() {
  process.once('SIGINT', () => process.exit(interrupted()))
  heading('A sandbox: the order-status API with real verification and an embedded PostgreSQL')
  const ready = await startSandbox()
  console.log(`   ${ready.url}, environment ${ready.environment}, partner ${ready.partner}`)

  heading("The partner's credential goes into a profile, its secret into a 0600 file")
  await partnerCli(['auth', 'import', readyFile])

  heading('A file of order statuses, as a carrier exports it, some rows wrong')
  const file = join(folder, 'order-statuses.csv')
  copyFileSync(join(root, 'examples', 'data', 'order-statuses.csv'), file)
  const code = await partnerCli(['push-status', '-f', file], [0, REJECTED_ROWS])
  if (code === REJECTED_ROWS) showRejects(`${file}.rejects.csv`)

  heading('Read one order back')
  await partnerCli(['orders', 'show', sampleOrder(), '--history'])

  nextSteps()
  return 0
}

function heading(text) {
  demo.step = (demo.step ?? 0) + 1
  console.log(`\n${demo.step}. ${text}`)
}

function showRejects(file) {
  const rows = readFileSync(file, 'utf8')
    .replace(/^\ufeff/, '')
    .trimEnd()
    .split('\n')
  console.log(
    `\n   The rejects file keeps the partner's columns and adds where and why (first ${SHOWN_REJECTS} of ${rows.length - 1}):`,
  )
  for (const row of rows.slice(0, SHOWN_REJECTS + 1)) console.log(`   ${row.trimEnd()}`)
}

function nextSteps() {
  console.log(`
Everything above is stopped and gone. Try next, in this folder:

  npm run sandbox
      keeps a sandbox at http://127.0.0.1:8787 (its data and credential in .sandbox/); then, in a second terminal:

  node packages/cli/bin/partner-cli.js auth import .sandbox/ready.json && node packages/cli/bin/partner-cli.js push-status A-1001 shipped

  curl --aws-sigv4 "partner:partner:sandbox:orders" -u "$(node -p 'var { keyId, secret } = require("./.sandbox/ready.json").hmac; keyId + ":" + secret')" --json '{"eventId":"my-first-curl-event","status":"delivered","occurredAt":"${new Date().toISOString()}"}' http://127.0.0.1:8787/v1/orders/A-1002/statuses
`)
}

async function startSandbox() {
  sandbox = spawn(process.execPath, [sandboxBin, '--port', '0', '--ready-file', readyFile, '--quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(sandbox, 'exit').then(([code]) => {
    throw new Error(`the sandbox ended with exit code ${code} before it was ready`)
  })
  const ready = await Promise.race([readyWritten(), ended])
  ended.catch(() => {})
  return ready
}

function readyWritten() {
  return new Promise(resolve => {
    const look = () => {
      try {
        resolve(JSON.parse(readFileSync(readyFile, 'utf8')))
        watcher.close()
      } catch {
        // not written yet: the next change of the folder looks again
      }
    }
    const watcher = watch(folder, look)
    look()
  })
}

async function stopSandbox() {
  if (sandbox === undefined || sandbox.exitCode !== null || sandbox.signalCode !== null) return
  sandbox.kill('SIGTERM')
  await once(sandbox, 'exit')
}

function interrupted() {
  sandbox?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  return 130
}

async function partnerCli(args, accepted = [0]) {
  console.log(`   $ partner-cli ${args.map(argument => argument.replace(`${folder}/`, '')).join(' ')}\n`)
  const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env: environment, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (!accepted.includes(code)) throw new Error(`partner-cli ended with exit code ${code}`)
  return code
}

function sampleOrder() {
  const facts = JSON.parse(readFileSync(join(root, 'examples', 'data', 'order-statuses.facts.json'), 'utf8'))
  return facts.sampleOrder.orderId
}
