import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@countersign/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { main } from '../src/main.js'
import { Collected } from './device-login-world.js'

const FORM = 'application/x-www-form-urlencoded'
let sandbox: Sandbox
let folder: string
let servers: Server[]

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partner-cli-device-'))
  servers = []
})
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly stdout: Collected
  readonly stderr: Collected
  readonly interrupt: AbortController
  readonly exitCode: Promise<number>
}

function start(...args: string[]): Run {
  const stdout = new Collected()
  const stderr = new Collected()
  const interrupt = new AbortController()
  const exitCode = main(args, {
    stdin: () => {
      throw new Error('a login by device reads nothing')
    },
    stdout,
    stderr,
    env: {
      PARTNER_CONFIG_DIR: join(folder, 'config'),
      PARTNER_STATE_DIR: join(folder, 'state'),
      XDG_RUNTIME_DIR: join(folder, 'run'),
    },
    platform: 'linux',
    now: () => new Date(),
    signal: interrupt.signal,
  })
  return { stdout, stderr, interrupt, exitCode }
}

async function finish(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const { stdout, stderr, exitCode } = start(...args)
  return { exitCode: await exitCode, stdout: stdout.text, stderr: stderr.text }
}

const login = (...more: string[]): Run => {
  const { url, oauth } = sandbox.ready
  const where = ['--base-url', url, '--issuer', oauth!.issuer]
  return start('auth', 'login', '--device', ...where, '--json', ...more)
}

async function codeOf({ stderr }: Run): Promise<{ userCode: string; verificationUriComplete: string }> {
  await vi.waitFor(() => expect(stderr.text).toContain('\n'), { timeout: 5000, interval: 20 })
  return JSON.parse(stderr.text.split('\n')[0]!)
}

test('a person allows it: the profile works, its token lies apart and ends with the logout', async () => {
  const run = login('--profile', 'ann')
  const { userCode, verificationUriComplete } = await codeOf(run)
  await answer(verificationUriComplete, userCode, { confirm: 'yes' })
  expect([await run.exitCode, run.stderr.text]).toEqual([0, expect.stringContaining('Accepted as partner')])
  const result = JSON.parse(run.stdout.text)
  expect(result).toMatchObject({ auth: 'oauth', environment: 'sandbox', keyId: 'partner-cli' })
  expect(Date.parse(result.loginEnds)).toBeGreaterThan(Date.now())

  const tested = await finish('auth', 'test', '--json')
  expect(JSON.parse(tested.stdout)).toMatchObject({
    ...{ partner: 'acme', scheme: 'access-token', scopes: ['orders:read', 'orders:status:write'] },
  })
  expect(await finish('push-status', 'D-1', 'shipped')).toMatchObject({ exitCode: 0 })
  expect(JSON.parse((await finish('auth', 'status', '--json')).stdout)).toMatchObject({
    secret: { kind: 'login' },
  })

  const tokens = join(folder, 'run', 'partner-cli', 'tokens', 'logins', 'ann')
  const [file = ''] = (await readdir(tokens)).filter(name => name.endsWith('.json'))
  expect((await stat(join(tokens, file))).mode & 0o777).toBe(0o600)
  const token = JSON.parse(await readFile(join(tokens, file), 'utf8')).value as string
  expect(run.stdout.text + run.stderr.text).not.toContain(token)
  expect(await readFile(join(folder, 'config', 'config.json'), 'utf8')).not.toContain(token)

  expect(JSON.parse((await finish('auth', 'logout', '--json')).stdout)).toMatchObject({ tokens: 1 })
  const after = await finish('auth', 'test')
  expect(after).toMatchObject({ exitCode: 4 })
  expect(after.stderr).toContain('partner-cli auth login --device --profile ann')
}, 20_000)

test('a person refuses: exit 4, and nothing is stored', async () => {
  const run = login()
  const { userCode, verificationUriComplete } = await codeOf(run)
  await answer(verificationUriComplete, userCode, { abort: 'yes' })
  expect(await run.exitCode).toBe(4)
  expect(run.stderr.text).toContain('access_denied')
  await expect(readdir(join(folder, 'config'))).rejects.toMatchObject({ code: 'ENOENT' })
}, 20_000)

test('an interruption while waiting ends with its own code', async () => {
  const { CliError } = await import('../src/errors.js')
  const run = login()
  await codeOf(run)
  run.interrupt.abort(new CliError('interrupted', 130, 'Interrupted.'))
  expect(await run.exitCode).toBe(130)
})

test('people see the link and the code, also with --quiet', async () => {
  const { url, oauth } = sandbox.ready
  const args = ['auth', 'login', '--device', '--base-url', url, '--issuer', oauth!.issuer, '--quiet']
  const run = start(...args)
  await vi.waitFor(() => expect(run.stderr.text).toMatch(/The code {2}[A-Z]{4}-[A-Z]{4}\n/), {
    timeout: 5000,
  })
  expect(run.stderr.text).toMatch(/Open {6}http:\/\/127\.0\.0\.1:\d+\/oidc\/device\?user_code=/)
  run.interrupt.abort(new Error('enough'))
  await run.exitCode
})

/** An issuer that says what a test wants it to say. */
async function startIssuer(answers: readonly object[], device: object | undefined): Promise<string> {
  const left = [...answers]
  const server = createServer((request, response) => {
    const issuer = `http://${request.headers.host}`
    const metadata = {
      ...{ issuer, token_endpoint: `${issuer}/token` },
      ...(device && { device_authorization_endpoint: `${issuer}/device` }),
    }
    const codes = { device_code: 'd', user_code: 'ABCD', verification_uri: `${issuer}/go`, expires_in: 60 }
    const isToken = request.url === '/token'
    const body =
      request.url === '/device' ? { ...codes, interval: 0.01, ...device } : isToken ? left.shift() : metadata
    request.resume()
    response.writeHead(isToken && !('access_token' in (body ?? {})) ? 400 : 200, {
      'content-type': 'application/json',
    })
    response.end(JSON.stringify(body))
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.each([
  [
    'expired_token',
    [{ error: 'authorization_pending' }, { error: 'expired_token' }],
    {},
    4,
    'device_code_expired',
  ],
  ['a life that is over', [], { expires_in: 0.001 }, 4, 'device_code_expired'],
  [
    'an error of its own',
    [{ error: 'no_luck', error_description: 'so it is\u001b[2J' }],
    {},
    4,
    'so it is[2J',
  ],
  ['no device flow', [], undefined, 2, 'device_flow_unsupported'],
  ['a link that is none', [], { verification_uri: 'javascript:alert(1)' }, 2, 'issuer_invalid'],
])('the issuer answers %s', async (_name, answers, device, exitCode, text) => {
  const issuer = await startIssuer(answers, device)
  const ended = await finish(
    'auth',
    'login',
    '--device',
    '--issuer',
    issuer,
    '--base-url',
    sandbox.url,
    '--json',
  )
  expect([ended.exitCode, ended.stdout]).toEqual([exitCode, ''])
  expect(ended.stderr).toContain(text)
  expect(ended.stderr).toContain('next')
})

test('a token that has ended: log in again, exit 4', async () => {
  const issuer = await startIssuer([{ access_token: 't-1', token_type: 'Bearer', expires_in: 0.001 }], {})
  const done = await finish(
    ...['auth', 'login', '--device', '--no-verify', '--environment', 'sandbox'],
    ...['--issuer', issuer, '--base-url', sandbox.url],
  )
  expect([done.exitCode, done.stderr]).toEqual([0, expect.stringContaining('ABCD')])
  const pushed = await finish('push-status', 'D-2', 'shipped')
  expect(pushed.exitCode).toBe(4)
  expect(pushed.stderr).toContain('partner-cli auth login --device --profile default')
})

test('a flag of another credential does not go with it', async () => {
  expect(await finish('auth', 'login', '--device', '--key-id', 'acme_key_0001')).toMatchObject({
    exitCode: 2,
  })
  const other = await finish('auth', 'login', '--device', '--use', 'hmac', '--base-url', sandbox.url)
  expect(other).toMatchObject({ exitCode: 2 })
  expect(await finish('auth', 'login', '--device', '--base-url', sandbox.url)).toMatchObject({ exitCode: 2 })
})

/** Opens the sandbox's pages as a browser would: the first one sends itself, in the second a person decides. */
async function answer(link: string, code: string, decision: Record<string, string>): Promise<void> {
  const cookies = new Map<string, string>()
  const open = async (url: string, body?: string): Promise<string> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { cookie, ...(body === undefined ? {} : { 'content-type': FORM }) }
    const method = body === undefined ? 'GET' : 'POST'
    const response = await fetch(url, { method, headers, redirect: 'manual', ...(body && { body }) })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return location === null ? response.text() : open(new URL(location, url).href)
  }
  const submit = (page: string, more: Record<string, string> = {}): Promise<string> => {
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
    const form = new URLSearchParams(more)
    for (const [, name = '', value = ''] of page.matchAll(/<input[^>]*name="([^"]+)"[^>]*?value="([^"]*)"/g))
      form.set(name, value)
    return open(new URL(action, link).href, form.toString())
  }
  const second = await submit(await open(link))
  expect(second).toContain(code)
  await submit(second, decision)
}
