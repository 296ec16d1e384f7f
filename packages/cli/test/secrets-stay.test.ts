import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PartnerApi, problem, startPartnerApi } from './partner-api.js'
import { type CliResult, createWorkplace, startCli, type Workplace } from './run-cli.js'

/** What the fake platform's secret begins with; it must be found nowhere but where the user put it. */
const CANARY = /canary-3f9a1c77/

let api: PartnerApi
let place: Workplace
/** Everything that came out of the commands. */
let seen: string[]
let credential: string

beforeEach(async () => {
  api = await startPartnerApi()
  place = await createWorkplace()
  seen = []
  const { url, keyId, secret } = api
  credential = JSON.stringify({
    baseUrl: url,
    environment: 'sandbox',
    api: 'orders',
    hmac: { keyId, secret },
  })
  await writeFile(place.path('credential.json'), credential, { mode: 0o600 })
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

/** Runs a command and watches it in the process list while it runs, and its children too. */
async function run(args: string[], options: Parameters<typeof startCli>[2] = {}): Promise<CliResult> {
  const { child, result } = startCli(place, args, options)
  const given = options.env?.['PARTNER_SECRET'] !== undefined
  const watch = setInterval(async () => {
    const own = String(child.pid)
    for (const pid of [own, ...(await readChildren(own))]) {
      seen.push(`cmdline of ${pid}: ${await readProc(pid, 'cmdline')}`)
      // A variable that the user set stands in the process's own environment, whatever we do.
      if (pid !== own || !given) seen.push(`environ of ${pid}: ${await readProc(pid, 'environ')}`)
    }
  }, 10)
  const done = await result
  clearInterval(watch)
  seen.push(done.stdout, done.stderr)
  return done
}

async function readChildren(pid: string): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean)
}

function readProc(pid: string, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}

/** Every file below a folder but those that hold secrets by their nature. */
async function readFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !/config\/(secrets|previous)\//.test(path) && !path.endsWith('credential.json'))
  return Promise.all(files.map(async path => `${path}: ${await readFile(path, 'latin1')}`))
}

async function expectNowhere(): Promise<void> {
  const all = [...seen, ...(await readFiles(place.folder))]
  for (const text of all) {
    expect(text).not.toMatch(CANARY)
    // Nor what was made with it: a signature is good for five minutes.
    expect(text.replaceAll(/"?sha256"?[^\n]*/gi, '')).not.toMatch(/Signature=[0-9a-f]{64}/)
  }
}

const ROWS = ['order_id,status,occurred_at']
for (let row = 0; row < 300; row++)
  ROWS.push(`A-${row % 50},shipped,2026-11-2${row % 2}T10:00:${10 + (row % 50)}Z`)
ROWS.push('A-1,no such status,2026-11-21T10:00:00Z')

test('process list, environments, journal, rejects, settings, output: a push of a file, with --debug', async () => {
  await run(['auth', 'import', 'credential.json'])
  await writeFile(place.path('rows.csv'), ROWS.join('\n'))
  const pushed = await run(['push-status', '-f', 'rows.csv', '--debug', '--json'])
  expect(pushed.exitCode).toBe(3)
  for (const args of [
    ['doctor'],
    ['auth', 'status'],
    ['auth', 'test', '--debug'],
    ['configure', 'explain'],
    ['configure', 'list', '--json'],
    ['profile', 'list'],
    ['runs', 'list'],
    ['push-status', 'A-1', 'delivered', '--debug', '-v'],
  ])
    expect((await run(args)).exitCode).toBe(0)
  expect(seen.join()).toContain('push-status')
  expect((await readFiles(place.folder)).join()).toContain('journal')
  await expectNowhere()
})

test('failures and crashes: refused, unreadable, interrupted', async () => {
  await run(['auth', 'import', 'credential.json'])
  const wrong = { PARTNER_SECRET: 'canary-3f9a1c77-wrong' }
  expect((await run(['auth', 'test', '--debug'], { env: wrong })).exitCode).toBe(4)
  api.intercept = () => problem(500, 'internal_error')
  await run(['push-status', 'A-1', 'shipped', '--debug'])
  expect((await run(['auth', 'import', '-'], { stdin: credential.slice(0, -3) })).exitCode).toBe(2)
  expect((await run(['auth', 'import', '-', '--use', 'oauth'], { stdin: credential })).exitCode).toBe(2)
  // A fault of ours: something that is undefined where nobody expects it, in the middle of a signed request.
  const fault = `Date.prototype.toISOString = () => { throw new TypeError('broken on purpose') }`
  const node = ['--import', `data:text/javascript,${encodeURIComponent(fault)}`]
  const crashed = await run(['push-status', 'A-1', 'shipped', '--debug'], { node })
  expect([crashed.exitCode, crashed.stderr.includes('broken on purpose')]).toEqual([1, true])
  await expectNowhere()
})

test('a program that provides the secret is not given one', async () => {
  await run(['auth', 'import', 'credential.json'])
  const dump = place.path('environ-of-the-child')
  const script = `cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline > ${dump}; cat config/secrets/default`
  const command = `sh -c '${script}'`
  expect((await run(['configure', 'set', 'credential-process', command])).exitCode).toBe(0)
  expect((await run(['auth', 'test'])).exitCode).toBe(0)
  expect(await readFile(dump, 'latin1')).toContain('PARTNER_CONFIG_DIR')
  await expectNowhere()
})

test('a flag that looks like one for a secret is refused without repeating it', async () => {
  for (const args of [
    ['auth', 'login', '--secret=canary-3f9a1c77-flag'],
    ['auth', 'login', '--client-secret=canary-3f9a1c77-flag'],
    ['push-status', '--api-key=canary-3f9a1c77-flag', 'A-1', 'shipped'],
  ]) {
    const { child, result } = startCli(place, args)
    expect(child.pid).toBeGreaterThan(0)
    const { exitCode, stdout, stderr } = await result
    expect(exitCode).toBe(2)
    expect(stdout + stderr).not.toMatch(CANARY)
    expect(stderr).toContain('a secret never comes by flag')
  }
})
