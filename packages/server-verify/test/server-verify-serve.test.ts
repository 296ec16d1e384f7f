// `server-verify serve` as two processes on one store, asked as nginx asks; and `server-verify audit verify` on what they
// wrote.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findPostgres, startPostgres, type TemporaryPostgres } from '../../sandbox/test/temporary-postgres.js'
import { sign } from './independent-signer.js'
import { BIN, runInProcess, runProgram } from './run-server-verify.js'

const BODY = '{"status":"shipped"}'
const BODY_SHA256 = createHash('sha256').update(BODY).digest('hex')
const SERVE = ['serve', '--gateway', 'nginx', '--authority', 'api.example.com', '--environment', 'sandbox']
const RULES = ['--rule', 'POST /v1/orders/* orders:status:write', '--rule', 'GET /v1/whoami orders:read']
const ISSUE = [
  'issue',
  'acme',
  '--environment',
  'sandbox',
  '--scope',
  'orders:status:write',
  '--base-url',
  'https://a.example',
]

let folder: string
let env: Record<string, string>
const servers: { stop(): Promise<number | null> }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-serve-'))
  writeFileSync(join(folder, 'kek'), `kek_1 ${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  env = {
    COUNTERSIGN_STORE: `file:${join(folder, 'credentials.json')}`,
    COUNTERSIGN_KEK_FILE: join(folder, 'kek'),
  }
})

afterEach(async () => {
  await Promise.all(servers.splice(0).map(server => server.stop()))
  rmSync(folder, { recursive: true })
})

async function issue(): Promise<{ keyId: string; secret: string }> {
  const { exitCode, stdout, stderr } = await runInProcess(ISSUE, { env })
  expect(exitCode, stderr).toBe(0)
  return JSON.parse(stdout).hmac
}

/** Starts the built program. @returns where it listens */
function serve(...args: readonly string[]): Promise<string> {
  const child = spawn(
    process.execPath,
    [BIN, ...SERVE, ...RULES, '--listen', '127.0.0.1:0', '--json', ...args],
    {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = new Promise<number | null>(resolve => child.on('close', resolve))
  servers.push({
    stop() {
      child.kill('SIGTERM')
      return exited
    },
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', chunk => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(JSON.parse(line).url))
    void exited.then(code => reject(new Error(`serve ended with ${code}: ${stderr}`)))
  })
}

let orders = 0
function ask(
  url: string,
  credential: { keyId: string; secret: string },
  method = 'POST',
): Promise<number | string> {
  const target = `/v1/orders/A-${orders++}/statuses`
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const headers = [['X-Partner-Content-Sha256', BODY_SHA256]] as const
  const signed = sign({ ...credential, method, target, timestamp, headers, body: BODY })
  const rawHeaders = [
    ...signed.rawHeaders.slice(2),
    ...['Host', 'check', 'Countersign-Original-Method', method, 'Countersign-Original-Target', target],
    ...['Countersign-Original-Host', 'api.example.com', 'Countersign-Original-Peer', '192.0.2.10'],
  ]
  return new Promise((resolve, reject) => {
    request(`${url}/check`, { headers: rawHeaders }, response => {
      response.resume()
      const { statusCode, headers } = response
      resolve(
        statusCode === 204
          ? String(headers['countersign-partner'])
          : Number(headers['countersign-status'] ?? statusCode),
      )
    })
      .on('error', reject)
      .end()
  })
}

const bin = findPostgres()
const stores: readonly string[] = ['file', ...(bin === undefined ? [] : ['PostgreSQL'])]

describe.each(stores)('%s', store => {
  let server: TemporaryPostgres | undefined
  beforeEach(async () => {
    if (store !== 'PostgreSQL') return
    server = await startPostgres(bin!)
    env['COUNTERSIGN_STORE'] = server.url
    expect(await runInProcess(['migrate'], { env })).toMatchObject({ exitCode: 0 })
  })
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(one => one.stop()))
    server?.stop()
  })

  test('two processes take a new credential at once, and refuse it within a second after it was revoked', async () => {
    await issue()
    const urls = await Promise.all([serve(), serve()])
    // Younger than both guards, so that neither has to wait for what it might have forgotten.
    const credential = await issue()
    for (const url of urls) expect(await ask(url, credential)).toBe('acme')

    const { exitCode } = await runProgram(['revoke', credential.keyId, '--reason', 'test'], env)
    const revokedAt = performance.now()
    expect(exitCode).toBe(0)
    for (const url of urls)
      await expect.poll(() => ask(url, credential), { interval: 20, timeout: 1500 }).toBe(401)
    expect(performance.now() - revokedAt).toBeLessThan(1000)
  })
})

test('what no rule names is refused, and SIGTERM ends in order', async () => {
  await issue()
  const url = await serve()
  const credential = await issue()
  expect(await ask(url, credential)).toBe('acme')
  expect(await ask(url, credential, 'PUT')).toBe(403)
  const [server] = servers.splice(0)
  expect(await server!.stop()).toBe(0)
})

test('the audit log is verified, and an edit is found', async () => {
  const log = join(folder, 'audit.ndjson')
  await issue()
  const url = await serve('--audit-file', log)
  const credential = await issue()
  for (let i = 0; i < 5; i++) expect(await ask(url, credential)).toBe('acme')
  await servers.splice(0)[0]!.stop()

  const intact = await runInProcess(['audit', 'verify', log], { env })
  expect(intact).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^ok: \d+ lines/) })
  const lines = readFileSync(log, 'utf8').split('\n')
  writeFileSync(log, [lines[0], lines[1]!.replace('"acme"', '"evil"'), ...lines.slice(2)].join('\n'))
  const edited = await runInProcess(['audit', 'verify', log], { env })
  expect(edited).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('line 2: edited') })
  writeFileSync(log, [lines[0], ...lines.slice(2)].join('\n'))
  const dropped = await runInProcess(['audit', 'verify', log, '--json'], { env })
  expect(dropped.exitCode).toBe(3)
  expect(JSON.parse(dropped.stdout)).toMatchObject({ ok: false, problems: [{ kind: 'dropped' }] })
})

test.each([
  [2, ['audit', 'verify'], 'files of the log, or --database'],
  [10, ['audit', 'verify', 'gone.ndjson'], 'gone.ndjson'],
  [2, [...SERVE, '--rule', 'POST /v1'], 'METHODS PATH SCOPES'],
  [2, [...SERVE, ...RULES, '--listen', 'here'], 'HOST:PORT'],
  [2, [...SERVE, ...RULES, '--scheme', 'hmca'], 'Allowed: hmac'],
  [2, [...SERVE, ...RULES], 'There is no credential file'],
  [5, [...SERVE, ...RULES, '--redis-url', 'redis://127.0.0.1:1'], 'Redis cannot be used'],
  [2, [...SERVE, ...RULES, '--redis-url', 'redis://:hunter2@127.0.0.1:1'], 'does not belong'],
])('%i: %j', async (exitCode, args, hint) => {
  const result = await runInProcess(args, { env })
  expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(hint) })
  expect(result.stderr).not.toContain('hunter2')
})

test('an address that is taken, and authorities that are none, are told', async () => {
  await issue()
  const url = new URL(await serve())
  expect(await runInProcess([...SERVE, ...RULES, '--listen', url.host], { env })).toMatchObject({
    exitCode: 10,
    stderr: expect.stringContaining('EADDRINUSE'),
  })
  const wrong = [...SERVE, ...RULES, '--api', 'or/ders', '--listen', '127.0.0.1:0']
  expect(await runInProcess(wrong, { env })).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('api must be'),
  })
})
