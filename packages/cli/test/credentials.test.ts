import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@countersign/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type InProcessResult, runInProcess } from './run-in-process.js'

let sandbox: Sandbox
let folder: string
let ready: string

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
})

afterAll(() => sandbox.close())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partner-cli-credentials-'))
  ready = join(folder, 'ready.json')
  await writeFile(ready, JSON.stringify(sandbox.ready), { mode: 0o600 })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function cli(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly stdin?: string } = {},
): Promise<InProcessResult> {
  const places = {
    PARTNER_CONFIG_DIR: join(folder, 'config'),
    PARTNER_STATE_DIR: join(folder, 'state'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
  }
  return runInProcess(args, { ...options, env: { ...places, ...options.env } })
}

async function json(...args: Parameters<typeof cli>): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await cli([...args[0], '--json'], args[1])
  expect([exitCode, stderr]).toEqual([0, ''])
  return JSON.parse(stdout) as Record<string, unknown>
}

test.each([
  ['hmac', 'hmac'],
  ['api-key', 'api-key'],
  ['http-signature', 'http-signature'],
  ['oauth', 'access-token'],
])('auth import --use %s: the sandbox accepts it, and a push goes through', async (use, scheme) => {
  const imported = await json(['auth', 'import', ready, '--use', use])
  expect(imported).toMatchObject({ auth: use, store: 'file', replaced: null })
  expect(await json(['auth', 'test'])).toMatchObject({ partner: 'acme', scheme })
  expect(await json(['push-status', `C-${use}`, 'shipped'])).toMatchObject({ accepted: 1 })
  expect(await json(['auth', 'status'])).toMatchObject({
    profile: 'default',
    auth: use,
    secret: { kind: 'profile' },
  })
  // What is not secret and what is lie apart.
  const settings = await readFile(join(folder, 'config', 'config.json'), 'utf8')
  for (const secret of secrets()) expect(settings).not.toContain(secret)
})

test('an access token is kept for the next command, for its owner only, and forgotten by logout', async () => {
  await cli(['auth', 'import', ready, '--use', 'oauth'])
  await cli(['auth', 'test'])
  const tokens = join(folder, 'run', 'partner-cli', 'tokens')
  const files = (await readdir(tokens)).filter(name => name.endsWith('.json'))
  expect(files).toHaveLength(1)
  expect((await stat(join(tokens, files[0]!))).mode & 0o777).toBe(0o600)
  expect((await stat(tokens)).mode & 0o777).toBe(0o700)
  expect(await json(['auth', 'logout'])).toMatchObject({ tokens: 1 })
  expect(await cli(['auth', 'test'])).toMatchObject({ exitCode: 2 })
})

test('a credential for one command, from a file or standard input, and nothing is stored', async () => {
  expect(await json(['auth', 'test', '--credential-file', ready])).toMatchObject({ partner: 'acme' })
  const stdin = JSON.stringify({ ...sandbox.ready, hmac: undefined })
  expect(await json(['auth', 'test', '--credential-file', '-'], { stdin })).toMatchObject({
    scheme: 'api-key',
  })
  await expect(readdir(join(folder, 'config'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('variables alone, for each kind', async () => {
  const { url, apiKey, httpSignature, oauth } = sandbox.ready
  const key = join(folder, 'key.pem')
  await writeFile(key, httpSignature.privateKeyPem, { mode: 0o600 })
  const base = { PARTNER_BASE_URL: url, PARTNER_ENVIRONMENT: 'sandbox' }
  const kinds = [
    [{ PARTNER_API_KEY: apiKey }, 'api-key'],
    [{ PARTNER_KEY_ID: httpSignature.keyId, PARTNER_PRIVATE_KEY_FILE: key }, 'http-signature'],
    [
      {
        PARTNER_ISSUER: oauth!.issuer,
        PARTNER_CLIENT_ID: oauth!.clientId,
        PARTNER_CLIENT_SECRET: oauth!.clientSecret,
        PARTNER_SCOPE: oauth!.scope,
      },
      'access-token',
    ],
  ] as const
  for (const [env, scheme] of kinds) {
    expect(await json(['auth', 'test'], { env: { ...base, ...env } })).toMatchObject({ scheme })
  }
  const { exitCode, stderr } = await cli(['auth', 'test'], {
    env: { ...base, ...kinds[0][0], PARTNER_SECRET: 'x' },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('several kinds: hmac, api-key')
})

test('auth login takes the secret from standard input and asks the platform first', async () => {
  const { url, hmac } = sandbox.ready
  const login = [
    'auth',
    'login',
    '--base-url',
    url,
    '--environment',
    'sandbox',
    '--key-id',
    hmac.keyId,
    '--profile',
    'ops',
  ]
  const wrong = await cli(login, { stdin: 'wrong\n' })
  expect(wrong).toMatchObject({ exitCode: 4 })
  expect(await json(['profile', 'list'])).toMatchObject({ profiles: [] })
  const right = await cli(login, { stdin: `${hmac.secret}\n` })
  expect([right.exitCode, right.stderr]).toEqual([0, `Accepted as partner acme, credential ${hmac.keyId}.\n`])
  expect(right.stdout + right.stderr).not.toContain(hmac.secret)
  expect(await json(['auth', 'test'])).toMatchObject({ partner: 'acme' })
  // Next time the profile knows everything but the secret.
  expect(await cli(['auth', 'login'], { stdin: hmac.secret, env: { PARTNER_PROFILE: 'ops' } })).toMatchObject(
    { exitCode: 0 },
  )
})

test('a replaced credential comes back by rollback; a refused one replaces nothing', async () => {
  await cli(['auth', 'import', ready])
  const other = JSON.stringify({ ...sandbox.ready, hmac: { keyId: 'another_key_01', secret: 'not right' } })
  const refused = await cli(['auth', 'import', '-', '--verify'], { stdin: other })
  expect(refused.exitCode).toBe(4)
  expect(await json(['auth', 'status'])).toMatchObject({ keyId: sandbox.ready.hmac.keyId, previous: null })
  expect(await json(['auth', 'import', '-'], { stdin: other })).toMatchObject({
    keyId: 'another_key_01',
    replaced: sandbox.ready.hmac.keyId,
  })
  expect(await cli(['auth', 'test'])).toMatchObject({ exitCode: 4 })
  expect(await json(['auth', 'rollback'])).toMatchObject({ keyId: sandbox.ready.hmac.keyId })
  expect(await json(['auth', 'test'])).toMatchObject({ partner: 'acme' })
  await cli(['auth', 'rollback'])
  expect(await json(['auth', 'status'])).toMatchObject({ keyId: 'another_key_01' })
})

test('twelve imports at once keep twelve profiles', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `p${index}`)
  const results = await Promise.all(names.map(name => cli(['auth', 'import', ready, '--profile', name])))
  expect(results.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0))
  const { profiles } = (await json(['profile', 'list'])) as { profiles: { name: string }[] }
  expect(profiles.map(({ name }) => name).sort()).toEqual([...names].sort())
})

test('profiles: use, add as a copy without the credential, remove with its secret', async () => {
  await cli(['auth', 'import', ready, '--profile', 'one'])
  await cli(['auth', 'import', ready, '--profile', 'two', '--use', 'api-key'])
  expect(await json(['auth', 'test'])).toMatchObject({ scheme: 'hmac' })
  await cli(['profile', 'use', 'two'])
  expect(await json(['auth', 'test'])).toMatchObject({ scheme: 'api-key' })
  await cli(['profile', 'add', 'three', '--from', 'two'])
  expect(await json(['configure', 'list', '--profile', 'three'])).toEqual({
    schema: 'partner-cli.configure-list/1',
    profile: 'three',
    settings: { 'base-url': sandbox.ready.url, environment: 'sandbox', api: 'orders', partner: 'acme' },
  })
  await cli(['profile', 'remove', 'two'])
  expect(await readdir(join(folder, 'config', 'secrets'))).toEqual(['one'])
  expect(await cli(['auth', 'test', '--profile', 'two'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Known: one, three.'),
  })
})

test('configure: set, get, unset; explain names the source of each value', async () => {
  await cli(['auth', 'import', ready])
  await cli(['configure', 'set', 'proxy', 'http://user:canary-pw@proxy.corp:3128'])
  const { exitCode, stdout } = await cli(['configure', 'get', 'proxy'])
  expect([exitCode, stdout]).toEqual([0, 'http://[redacted]@proxy.corp:3128\n'])
  await cli(['configure', 'unset', 'proxy'])
  expect(await cli(['configure', 'get', 'proxy'])).toMatchObject({ exitCode: 2 })
  expect(await cli(['configure', 'set', 'base-url', 'ftp://x'])).toMatchObject({ exitCode: 2 })
  expect(await cli(['configure', 'set', 'secret', 'x'])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('is no setting'),
  })
  const explained = await json(['configure', 'explain', '--base-url', 'https://flag.example'], {
    env: { PARTNER_API: 'other' },
  })
  const sources = Object.fromEntries(
    (explained['settings'] as { name: string; source: string }[]).map(({ name, source }) => [name, source]),
  )
  expect(sources).toEqual({
    'base-url': '--base-url',
    environment: 'profile default',
    api: 'PARTNER_API',
    partner: 'profile default',
    auth: 'profile default',
    'key-id': 'profile default',
  })
  expect(explained['secret']).toBe(join(folder, 'config', 'secrets', 'default'))
})

test('a credential-process feeds a push', async () => {
  await cli(['auth', 'import', ready])
  await rm(join(folder, 'config', 'secrets', 'default'))
  const secret = join(folder, 'elsewhere')
  await writeFile(secret, sandbox.ready.hmac.secret, { mode: 0o600 })
  await cli(['configure', 'set', 'credential-process', `cat '${secret}'`])
  expect(await json(['auth', 'status'])).toMatchObject({ secret: { kind: 'process' } })
  expect(await json(['auth', 'test'])).toMatchObject({ partner: 'acme' })
})

// With a keychain that works there is nothing to fall back from.
test.skipIf(process.env['DBUS_SESSION_BUS_ADDRESS'] !== undefined)(
  'no keychain on this machine: the secret goes into a file, and it is said',
  async () => {
    const { exitCode, stdout, stderr } = await cli(['auth', 'import', ready, '--store', 'keychain', '--json'])
    expect([exitCode, JSON.parse(stdout).store]).toEqual([0, 'file'])
    expect(stderr).toContain('goes into a file (0600)')
  },
)

test('--log-file: what happened, for those who look later, without a secret', async () => {
  await cli(['auth', 'import', ready])
  const log = join(folder, 'ops.log')
  await cli(['push-status', 'L-1', 'shipped', '--log-file', log, '--debug'])
  await cli(['events', 'show', 'short', '--log-file', log, '--log-format', 'text'])
  const text = await readFile(log, 'utf8')
  const first = JSON.parse(text.split('\n')[0]!)
  expect(first).toMatchObject({ level: 'info', message: 'started', command: 'push-status' })
  expect(text).toMatch(/"message":"finished".*"exitCode":0/)
  expect(text).toMatch(/error .*command="events show"/)
  expect((await stat(log)).mode & 0o777).toBe(0o600)
  for (const secret of secrets()) expect(text).not.toContain(secret)
  expect(await cli(['statuses', '--log-file', join(folder, 'no', 'such.log')])).toMatchObject({
    exitCode: 10,
    stdout: '',
  })
})

function secrets(): string[] {
  const { hmac, apiKey, httpSignature, oauth } = sandbox.ready
  return [hmac.secret, apiKey, httpSignature.privateKeyPem.split('\n')[1]!, oauth!.clientSecret]
}
