// The life of credentials as an operator lives it: commands as typed, requests as partners send them.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  apiKey,
  createFileCredentialStore,
  createSecretBox,
  hmacSignature,
  readKeyEncryptionKeys,
} from '../src/index.js'
import { createFixture, type Fixture, NOW, TIMESTAMP } from './fixture.js'
import { sign } from './independent-signer.js'
import { type Result, runInProcess, runProgram } from './run-server-verify.js'

const ISSUE = [
  '--environment',
  'sandbox',
  '--scope',
  'orders:status:write',
  '--base-url',
  'https://api.example.com',
]

let folder: string
let env: Record<string, string>
const clock = { now: NOW - 86_400_000 }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-bin-'))
  writeFileSync(at('kek'), `kek_1 ${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
  env = { COUNTERSIGN_STORE: `file:${at('credentials.json')}`, COUNTERSIGN_KEK_FILE: at('kek') }
  clock.now = NOW - 86_400_000
})

afterEach(() => rmSync(folder, { recursive: true }))

function at(name: string): string {
  return join(folder, name)
}

function run(...args: readonly string[]): ReturnType<typeof runInProcess> {
  return runInProcess(args, { env: { COUNTERSIGN_ACTOR: 'alice', ...env }, now: () => clock.now })
}

/** Runs a command that must work, and gives what it printed as JSON. */
async function take<T>(...args: readonly string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await run(...args, '--json')
  expect({ exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ exitCode: 0, stderr: '' })
  return JSON.parse(stdout)
}

interface Document {
  readonly keyId: string
  readonly hmac: { readonly keyId: string; readonly secret: string }
  readonly apiKey: string
}

/** A server that looks into the file for each request. */
async function createServer(): Promise<Fixture> {
  const secrets = createSecretBox({ keys: await readKeyEncryptionKeys(at('kek')) })
  return createFixture({
    schemes: [hmacSignature(), apiKey()],
    credentials: createFileCredentialStore({ path: at('credentials.json'), secrets }),
  })
}

let orders = 0
function push(server: Fixture, { keyId, secret }: { keyId: string; secret: string }, seconds = 0) {
  // Another order each time: the same request twice is a replay.
  const target = `/v1/orders/A-${orders++}/statuses`
  const timestamp = TIMESTAMP.replace(/40Z$/, `${40 + seconds}Z`)
  return server.answer({ ...sign({ keyId, secret, target, timestamp }), peer: { address: '192.0.2.10' } })
}

test('issue, sign, rotate, both valid, the old one ends, revoke, refused', async () => {
  const first = await take<Document>('issue', 'acme', ...ISSUE)
  expect(first).toMatchObject({
    baseUrl: 'https://api.example.com',
    environment: 'sandbox',
    api: 'orders',
    partner: 'acme',
    hmac: {
      keyId: expect.stringMatching(/^acme_[0-9A-Za-z]{12}$/),
      secret: expect.stringMatching(/^[\w-]{43}$/),
    },
  })
  const server = await createServer()
  expect(await push(server, first.hmac)).toMatchObject({ status: 200, caller: { partnerId: 'acme' } })

  clock.now = NOW - 1000
  const second = await take<Document>(
    'rotate',
    first.keyId,
    '--overlap',
    '6s',
    '--base-url',
    'https://api.example.com',
  )
  expect(second.hmac.keyId).not.toBe(first.keyId)
  expect(await push(server, first.hmac)).toMatchObject({ status: 200 })
  expect(await push(server, second.hmac)).toMatchObject({ status: 200 })
  server.clock.now = NOW + 5000
  expect(await push(server, first.hmac)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  expect(server.audited.at(-1)).toMatchObject({ outcome: 'credential_expired' })
  expect(await push(server, second.hmac)).toMatchObject({ status: 200 })

  expect(await take('revoke', second.keyId, '--reason', 'leaked in a log')).toMatchObject({ wasActive: true })
  expect(await push(server, second.hmac)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  expect(server.audited.at(-1)).toMatchObject({ outcome: 'credential_revoked' })
  expect(await take('revoke', second.keyId, '--reason', 'again')).toMatchObject({ wasActive: false })

  const history = await run('history')
  expect(history.stdout).toMatch(/alice +issue +acme_\w+ +made/)
  expect(history.stdout).toMatch(
    /alice +rotate +acme_\w+ +ends 2026-11-21T23:30:45Z +acme_\w+ replaces acme_/,
  )
  expect(history.stdout).toMatch(/alice +revoke +acme_\w+ +revoked +leaked in a log/)
  for (const { secret } of [first.hmac, second.hmac]) {
    expect((await run('list')).stdout + (await run('list', '--json')).stdout).not.toContain(secret)
    expect(history.stdout + readFileSync(at('credentials.json'), 'utf8')).not.toContain(secret)
  }
})

test('an API key is printed once and stored as a hash', async () => {
  const { apiKey: key, keyId } = await take<Document>('issue', 'acme', '--kind', 'api-key', ...ISSUE)
  expect(key).toMatch(new RegExp(`^pk_sandbox_${keyId}_[0-9A-Za-z]{49}$`))
  const server = await createServer()
  const request = {
    method: 'GET',
    target: '/v1/whoami',
    rawHeaders: ['Host', 'api.example.com', 'X-API-Key', key],
    body: new Uint8Array(),
    peer: { address: '192.0.2.10' },
  }
  expect(await server.answer(request, { scopes: [] })).toMatchObject({ status: 200 })
  const { apiKey: next } = await take<Document>(
    'rotate',
    keyId,
    '--overlap',
    '0',
    '--base-url',
    'https://a.example',
  )
  expect(next).not.toBe(key)
  expect(readFileSync(at('credentials.json'), 'utf8')).not.toContain(key.slice(-40))
})

test('restrictions go into the credential and through a rotation', async () => {
  const { keyId } = await take<Document>(
    ...['issue', 'acme', '--environment', 'live', '--scope', 'orders:read', '--scope', 'orders:status:write'],
    ...['--role', 'pusher', '--restrict-to', 'orders:read', '--ip', '192.0.2.0/24', '--ip', '2001:db8::/32'],
    ...['--not-before', '1h', '--not-after', '2027-01-01T00:00:00Z', '--requires', 'client-certificate'],
    ...['--api', 'returns', '--base-url', 'https://api.example.com'],
  )
  const expected = {
    partnerId: 'acme',
    environment: 'live',
    api: 'returns',
    scopes: ['orders:read', 'orders:status:write'],
    roles: ['pusher'],
    restrictedTo: ['orders:read'],
    ipAllowList: ['192.0.2.0/24', '2001:db8::/32'],
    notBefore: clock.now + 3_600_000,
    requires: ['client-certificate'],
  }
  expect(await take('list')).toEqual([
    expect.objectContaining({ ...expected, keyId, notAfter: Date.UTC(2027, 0, 1) }),
  ])
  const withoutEnd = await run('rotate', keyId, '--base-url', 'https://api.example.com')
  expect(withoutEnd).toMatchObject({ exitCode: 2, stdout: '' })
  expect(withoutEnd.stderr).toContain('say when the new one ends')
  const next = await take<Document>(
    'rotate',
    keyId,
    '--not-after',
    'never',
    '--base-url',
    'https://api.example.com',
  )
  const list = await take<{ keyId: string }[]>('list')
  const rotated = list.find(credential => credential.keyId === next.keyId)
  expect(rotated).toMatchObject(expected)
  expect(rotated).not.toHaveProperty('notAfter')
})

test.skipIf(process.platform === 'win32')('--out writes a private file, and never over another', async () => {
  const out = at('acme.json')
  const issued = await run('issue', 'acme', ...ISSUE, '--out', out)
  expect(issued).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^acme_\w+ .*acme\.json\n$/) })
  expect(statSync(out).mode & 0o777).toBe(0o600)
  const text = readFileSync(out, 'utf8')
  const { secret } = (JSON.parse(text) as Document).hmac
  expect(issued.stdout + issued.stderr).not.toContain(secret)
  const again = await run('issue', 'acme', ...ISSUE, '--out', out)
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('exists already') })
  expect(readFileSync(out, 'utf8')).toBe(text)
  expect(await take('list')).toHaveLength(1)
  const refused = await run(
    'rotate',
    'nobody_2026',
    '--base-url',
    'https://a.example',
    '--out',
    at('new.json'),
  )
  expect(refused.exitCode).toBe(3)
  expect(existsSync(at('new.json'))).toBe(false)
})

test('tokens and certificates are bound, once', async () => {
  const token = [
    'issue',
    'acme',
    '--kind',
    'access-token',
    ...ISSUE,
    '--issuer',
    'https://login.example',
    '--subject',
    'acme-push',
  ]
  const { keyId } = await take<Document>(...token)
  expect(keyId).toMatch(/^tok_/)
  expect(await run(...token)).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('already') })
  await take('revoke', keyId, '--reason', 'new rights')
  expect(await take<Document>(...token)).toMatchObject({ keyId })
  const certificate = ['issue', 'acme', '--kind', 'client-certificate', ...ISSUE]
  expect(await take(...certificate, '--subject-alt-name', 'DNS:push.acme.example')).toMatchObject({
    keyId: expect.stringMatching(/^crt_/),
  })
  expect(await run(...certificate)).toMatchObject({ exitCode: 2 })
  expect(await run('issue', 'acme', ...ISSUE, '--issuer', 'https://login.example')).toMatchObject({
    exitCode: 2,
  })
  expect(await run('rotate', keyId, '--base-url', 'https://a.example')).toMatchObject({ exitCode: 3 })
})

test('a client certificate is known by its thumbprint, and the next one takes its place', async () => {
  for (const name of ['one', 'two']) makeCertificate(name)
  const fingerprint = (name: string): string =>
    execFileSync('openssl', ['x509', '-in', at(`${name}.crt`), '-noout', '-fingerprint', '-sha256'], {
      encoding: 'utf8',
    })
      .replace(/^.*=/, '')
      .replaceAll(':', '')
      .trim()
      .toLowerCase()
  const kind = ['--kind', 'client-certificate']
  const { keyId } = await take<Document>('issue', 'acme', ...kind, ...ISSUE, '--certificate', at('one.crt'))
  await take('rotate', keyId, '--certificate', at('two.crt'), '--base-url', 'https://a.example')
  const bound = await take<Document>('issue', 'acme', ...ISSUE, '--certificate', at('one.crt'))
  const list = await take<{ keyId: string; certificates: string[] }[]>('list')
  expect(list.map(({ certificates }) => certificates)).toEqual(
    expect.arrayContaining([[fingerprint('one')], [fingerprint('two')]]),
  )
  expect(list.find(one => one.keyId === bound.keyId)?.certificates).toEqual([fingerprint('one')])
  const none = await run('issue', 'acme', ...ISSUE, '--certificate', at('kek'))
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('holds no certificate') })
})

test('a public key comes in with a proof that openssl makes, and is replaced by the next', async () => {
  const environment = ['--environment', 'sandbox']
  const enrol = async (name: string, ...second: readonly string[]): Promise<Result> => {
    openssl('genpkey', '-algorithm', 'ed25519', '-out', at(`${name}.key`))
    openssl('pkey', '-in', at(`${name}.key`), '-pubout', '-out', at(`${name}.pem`))
    const first = ['import-key', 'acme', ...environment, '--public-key', at(`${name}.pem`)]
    await take(...first, '--challenge-out', at(`${name}.txt`))
    const files = ['-in', at(`${name}.txt`), '-out', at(`${name}.bin`)]
    openssl('pkeyutl', '-sign', '-rawin', '-inkey', at(`${name}.key`), ...files)
    return run(...first, '--challenge', at(`${name}.txt`), '--proof', at(`${name}.bin`), ...second)
  }
  const first = await enrol('one', '--scope', 'orders:read')
  expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('(ed25519) for acme') })
  const [{ keyId }] = await take<[{ keyId: string }]>('list')
  expect((await run('rotate', keyId, '--base-url', 'https://a.example')).stderr).toContain(
    'importing the next one',
  )
  expect(await enrol('two', '--replaces', keyId, '--overlap', '1d')).toMatchObject({ exitCode: 0 })
  const list = await take<{ keyId: string; notAfter?: number; scopes: string[] }[]>('list')
  expect(list.find(one => one.keyId === keyId)?.notAfter).toBe(clock.now + 86_400_000)
  expect(list.find(one => one.keyId !== keyId)).toMatchObject({
    kind: 'http-signature',
    scopes: ['orders:read'],
  })

  writeFileSync(at('two.bin'), Buffer.alloc(64))
  const files = ['--public-key', at('two.pem'), '--challenge', at('two.txt'), '--proof', at('two.bin')]
  const forged = await run('import-key', 'acme', ...environment, '--scope', 'orders:read', ...files)
  expect(forged).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('openssl pkeyutl -sign') })
})

test('the key-encryption key is rotated while credentials go on', async () => {
  const { hmac } = await take<Document>('issue', 'acme', ...ISSUE)
  const before = JSON.parse(readFileSync(at('credentials.json'), 'utf8')).credentials[0].sealedSecret
  writeFileSync(
    at('kek'),
    `kek_2 ${Buffer.alloc(32, 8).toString('base64')}\n${readFileSync(at('kek'), 'utf8')}`,
  )
  expect(await take('rewrap')).toEqual({ rewrapped: 1 })
  expect(await take('rewrap')).toEqual({ rewrapped: 0 })
  const after = JSON.parse(readFileSync(at('credentials.json'), 'utf8')).credentials[0].sealedSecret
  expect(after.text).toBe(before.text)
  expect(after.wrappedKey).not.toBe(before.wrappedKey)
  writeFileSync(at('kek'), `kek_2 ${Buffer.alloc(32, 8).toString('base64')}\n`)
  expect(await push(await createServer(), hmac)).toMatchObject({ status: 200 })
})

test('a key management service comes as a module', async () => {
  writeFileSync(
    at('kms.mjs'),
    `const flip = bytes => Uint8Array.from(bytes, byte => byte ^ 0xff)
    export const keyEncryptionKeys = [{ id: 'kms', wrap: async key => flip(key), unwrap: async key => flip(key) }]`,
  )
  env = { COUNTERSIGN_STORE: env['COUNTERSIGN_STORE']!, COUNTERSIGN_KEK_MODULE: at('kms.mjs') }
  await take('issue', 'acme', ...ISSUE)
  expect(readFileSync(at('credentials.json'), 'utf8')).toContain('"keyEncryptionKey": "kms"')
  writeFileSync(at('none.mjs'), 'export const keyEncryptionKeys = [{ id: 1 }]')
  env = { ...env, COUNTERSIGN_KEK_MODULE: at('none.mjs') }
  expect(await run('issue', 'acme', ...ISSUE)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('does not export keyEncryptionKeys'),
  })
})

test('revoking and listing need no key-encryption key, issuing says which is missing', async () => {
  const { keyId } = await take<Document>('issue', 'acme', ...ISSUE)
  env = { COUNTERSIGN_STORE: env['COUNTERSIGN_STORE']!, COUNTERSIGN_KEK_FILE: at('gone') }
  expect(await take('list')).toHaveLength(1)
  expect(await take('revoke', keyId, '--reason', 'key is gone')).toMatchObject({ wasActive: true })
  env = { COUNTERSIGN_STORE: env['COUNTERSIGN_STORE']! }
  expect(await run('issue', 'acme', ...ISSUE)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('COUNTERSIGN_KEK_FILE'),
  })
})

describe('what goes wrong says what to do, and exits with', () => {
  test.each<[number, string, readonly string[], RegExp]>([
    [2, 'no command', [], /Usage: server-verify/],
    [2, 'a typo', ['isue', 'acme'], /Did you mean issue/],
    [2, 'a mistyped option', ['list', '--partnr', 'acme'], /Did you mean --partner/],
    [2, 'a secret by flag', ['issue', 'acme', ...ISSUE, '--secret=hunter2hunter2'], /never comes by flag/],
    [2, 'no reason', ['revoke', 'acme_2026_a'], /--reason/],
    [2, 'no environment', ['issue', 'acme', '--scope', 'x'], /--environment/],
    [
      2,
      'no scope',
      ['issue', 'acme', '--environment', 'live', '--base-url', 'https://a.example'],
      /scopes is empty/,
    ],
    [2, 'a scope with a space', ['issue', 'acme', ...ISSUE, '--scope', 'a b'], /scopes must be words/],
    [2, 'an address that is none', ['issue', 'acme', ...ISSUE, '--ip', '192.0.2.0/33'], /prefix length/],
    [
      2,
      'a moment that is none',
      ['issue', 'acme', ...ISSUE, '--not-after', '2027-02-30T00:00:00Z'],
      /no such moment/,
    ],
    [
      2,
      'an end in the past',
      ['issue', 'acme', ...ISSUE, '--not-after', '2020-01-01T00:00:00Z'],
      /lies in the past/,
    ],
    [2, 'a partner that is none', ['issue', 'a/b', ...ISSUE], /partnerId must be/],
    [2, 'no base URL', ['issue', 'acme', '--environment', 'live', '--scope', 'x'], /--base-url/],
    [
      2,
      'half a proof',
      ['import-key', 'acme', '--environment', 'live', '--public-key', 'x'],
      /--challenge-out/,
    ],
    [2, 'another store', ['list', '--store', 'mysql://x'], /file:PATH/],
    [2, 'a password in --store', ['list', '--store', 'postgres://a:hunter2@127.0.0.1/x'], /does not belong/],
    [2, 'tables for a file', ['migrate'], /A file has no tables/],
    [2, 'a store that is not there', ['list'], /There is no credential file/],
    [5, 'a database that does not answer', ['list', '--store', 'postgres://a@127.0.0.1:1/x'], /ECONNREFUSED/],
    [10, 'a file that is not there', ['issue', 'acme', ...ISSUE, '--certificate', 'gone.crt'], /gone\.crt/],
  ])('%i: %s', async (exitCode, _what, args, hint) => {
    const result = await run(...args)
    expect(result).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(hint) })
    expect(result.stderr).not.toContain('hunter2')
  })

  test('3: an unknown key id', async () => {
    await take('issue', 'acme', ...ISSUE)
    for (const command of ['revoke', 'rotate']) {
      const options = command === 'revoke' ? ['--reason', 'x'] : ['--base-url', 'https://a.example']
      const { exitCode, stderr } = await run(command, 'nobody_2026', ...options, '--json')
      expect(exitCode).toBe(3)
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'credential_unknown' }, exitCode: 3 })
    }
  })

  test.skipIf(process.platform === 'win32')('2: a key file that others can read', async () => {
    chmodSync(at('kek'), 0o644)
    const { exitCode, stderr } = await run('issue', 'acme', ...ISSUE)
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`chmod 600 ${at('kek')}`)
  })

  test('130: interrupted', async () => {
    const signal = AbortSignal.abort(130)
    expect((await runInProcess(['list'], { env, signal })).exitCode).toBe(130)
  })
})

test.each(['issue', 'import-key', 'rotate', 'revoke', 'list', 'history', 'rewrap', 'migrate'])(
  'the help of %s has examples and fits in 100 columns',
  async command => {
    const { exitCode, stdout } = await run(command, '--help')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(
      command === 'migrate' ? 'server-verify migrate --store' : `server-verify ${command}`,
    )
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  },
)

test('the built program does the same', async () => {
  const issued = await runProgram(['issue', 'acme', ...ISSUE], env)
  expect(issued).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('shown this once') })
  const { hmac } = JSON.parse(issued.stdout) as Document
  expect(await push(await createServer(), hmac)).toMatchObject({ status: 200 })
  expect(await runProgram(['--version'], {})).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^\d/),
  })
  expect(await runProgram(['lst'], {})).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('list'),
  })
})

function makeCertificate(name: string): void {
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.crt`)]
  openssl('req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', `/CN=${name}`, '-days', '2', ...files)
}

function openssl(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`)
}
