import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HmacCredential } from '../credential.js'
import type { ChangeNote, CredentialRegistry } from '../credential-registry.js'
import { createLocalKeyEncryptionKey } from '../key-encryption-key.js'
import { createSecretBox } from '../secret-box.js'
import { createFileCredentialStore } from './file-credential-store.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)
const NOTE: ChangeNote = { action: 'issue', actor: 'alice', at: NOW }
const secrets = createSecretBox({ keys: [createLocalKeyEncryptionKey('kek_1', new Uint8Array(32).fill(1))] })

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-file-store-'))
  path = join(folder, 'credentials.json')
})

afterEach(() => rmSync(folder, { recursive: true }))

function open(options: { lockTimeoutMs?: number } = {}): CredentialRegistry {
  return createFileCredentialStore({ path, secrets, ...options })
}

function hmac(keyId: string, secret = `secret of ${keyId}`): HmacCredential {
  return {
    kind: 'hmac',
    keyId,
    partnerId: 'acme',
    environment: 'live',
    secret,
    scopes: ['orders:read'],
    state: 'active',
    createdAt: NOW,
  }
}

test('a store that nobody wrote to is no empty store', async () => {
  await expect(open().findByKeyId('acme_2026_a')).rejects.toMatchObject({ code: 'store_missing' })
})

test.skipIf(process.platform === 'win32')('the file is for its owner only, before and after', async () => {
  const store = open()
  await store.commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  chmodSync(path, 0o644)
  await expect(open().findByKeyId('acme_2026_a')).rejects.toMatchObject({
    code: 'store_invalid',
    message: expect.stringContaining('chmod 600'),
  })
})

test('a secret stands nowhere in the file', async () => {
  await open().commit([{ type: 'add', credential: hmac('acme_2026_a', 'wJalrXUtnFEMI') }], NOTE)
  const text = readFileSync(path, 'utf8')
  expect(text).not.toContain('wJalrXUtnFEMI')
  expect(text).not.toContain(Buffer.from('wJalrXUtnFEMI').toString('base64url'))
  expect(await open().findByKeyId('acme_2026_a')).toEqual(hmac('acme_2026_a', 'wJalrXUtnFEMI'))
})

test('another store sees a change at its next look', async () => {
  const [one, two] = [open(), open()]
  await one.commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  expect(await two.findByKeyId('acme_2026_a')).toMatchObject({ state: 'active' })
  await one.commit([{ type: 'revoke', keyId: 'acme_2026_a' }], { ...NOTE, action: 'revoke' })
  expect(await two.findByKeyId('acme_2026_a')).toMatchObject({ state: 'revoked' })
})

test('sixteen commits at once from four stores are all kept', async () => {
  const stores = [open(), open(), open(), open()]
  const ids = Array.from({ length: 16 }, (_, index) => `acme_2026_${index}`)
  await Promise.all(
    ids.map((id, index) => stores[index % 4]!.commit([{ type: 'add', credential: hmac(id) }], NOTE)),
  )
  expect((await open().list()).map(({ keyId }) => keyId).sort()).toEqual([...ids].sort())
  expect((await open().history()).map(({ revision }) => revision)).toEqual(ids.map((_, index) => index + 1))
})

test('a commit is whole: one step that cannot be done undoes the others', async () => {
  const store = open()
  await store.commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  const before = readFileSync(path, 'utf8')
  await expect(
    store.commit(
      [
        { type: 'add', credential: hmac('acme_2026_b') },
        { type: 'revoke', keyId: 'nobody_2026' },
      ],
      NOTE,
    ),
  ).rejects.toMatchObject({ code: 'credential_unknown' })
  expect(readFileSync(path, 'utf8')).toBe(before)
})

test('a lock whose process is gone is taken over, one that lives is waited for and then told', async () => {
  const store = open({ lockTimeoutMs: 30 })
  writeFileSync(`${path}.lock`, '999999999 1 x\n')
  await store.commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  const start = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]
  writeFileSync(`${path}.lock`, `${process.pid} ${start} x\n`)
  await expect(store.commit([{ type: 'add', credential: hmac('acme_2026_b') }], NOTE)).rejects.toMatchObject({
    code: 'store_busy',
    message: expect.stringContaining(`${process.pid}`),
  })
})

test.each([
  ['{', 'store_invalid'],
  ['[]', 'store_invalid'],
  ['{"format":"something else"}', 'store_invalid'],
  ['{"format":"countersign-credentials/2"}', 'store_newer'],
  ['{"format":"countersign-credentials/1","revision":1,"credentials":{},"history":[]}', 'store_invalid'],
  [
    '{"format":"countersign-credentials/1","revision":1,"credentials":[{"keyId":"a"},{"keyId":"a"}],"history":[]}',
    'store_invalid',
  ],
])('a file that is none is refused, not taken for empty: %s', async (text, code) => {
  writeFileSync(path, text, { mode: 0o600 })
  await expect(open().findByKeyId('acme_2026_a')).rejects.toMatchObject({ code })
  await expect(open().commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)).rejects.toMatchObject(
    { code },
  )
  expect(readFileSync(path, 'utf8')).toBe(text)
})

test('a restriction that this version does not know refuses its credential, and only that one', async () => {
  const store = open()
  await store.commit(
    [
      { type: 'add', credential: hmac('acme_2026_a') },
      { type: 'add', credential: hmac('acme_2026_b') },
    ],
    NOTE,
  )
  const file = JSON.parse(readFileSync(path, 'utf8'))
  file.credentials[0].onlyOnTuesdays = true
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 })
  await expect(store.findByKeyId('acme_2026_a')).rejects.toMatchObject({
    code: 'store_invalid',
    message: expect.stringContaining('onlyOnTuesdays'),
  })
  expect(await store.findByKeyId('acme_2026_b')).toMatchObject({ state: 'active' })
})

test('a file that became unreadable is not served from memory', async () => {
  const store = open()
  await store.commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  expect(await store.findByKeyId('acme_2026_a')).toBeDefined()
  rmSync(path)
  await expect(store.findByKeyId('acme_2026_a')).rejects.toMatchObject({ code: 'store_missing' })
})

test('without a key-encryption key one can list and revoke, but not use a secret', async () => {
  await open().commit([{ type: 'add', credential: hmac('acme_2026_a') }], NOTE)
  const blind = createFileCredentialStore({ path })
  expect(await blind.list()).toHaveLength(1)
  await expect(blind.findByKeyId('acme_2026_a')).rejects.toMatchObject({ code: 'key_encryption_key_missing' })
  await expect(blind.commit([{ type: 'add', credential: hmac('acme_2026_b') }], NOTE)).rejects.toMatchObject({
    code: 'key_encryption_key_missing',
  })
  await blind.commit([{ type: 'revoke', keyId: 'acme_2026_a' }], { ...NOTE, action: 'revoke' })
  expect(await blind.describe('acme_2026_a')).toMatchObject({ state: 'revoked' })
})
