import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { decrypt, encrypt } from './aes-gcm.js'
import {
  createLocalKeyEncryptionKey,
  type KeyEncryptionKey,
  parseKeyEncryptionKeys,
  readKeyEncryptionKeys,
} from './key-encryption-key.js'
import { createSecretBox } from './secret-box.js'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const CONTEXT = ['acme_2026_a', 'acme', 'live']
const OLD = createLocalKeyEncryptionKey('kek_old', new Uint8Array(32).fill(1))
const NEW = createLocalKeyEncryptionKey('kek_new', new Uint8Array(32).fill(2))

// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const GCM = {
  key: hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
  nonce: hex('cafebabefacedbaddecaf888'),
  additionalData: hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plain: hex(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  ),
  text: hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
  ),
  tag: hex('76fc6ece0f4e1768cddf8853bb2d551b'),
}

test('the published AES-256-GCM case opens', () => {
  const sealed = Buffer.concat([GCM.nonce, GCM.text, GCM.tag])
  expect(Buffer.from(decrypt(GCM.key, sealed, GCM.additionalData) ?? [])).toEqual(GCM.plain)
})

test('no byte of what was encrypted can change, and none can be missing', () => {
  const sealed = encrypt(GCM.key, GCM.plain, GCM.additionalData)
  for (let i = 0; i < sealed.length; i++) {
    const changed = Uint8Array.from(sealed)
    changed[i]! ^= 1
    expect(decrypt(GCM.key, changed, GCM.additionalData), `byte ${i}`).toBeUndefined()
    expect(decrypt(GCM.key, sealed.subarray(0, i), GCM.additionalData), `length ${i}`).toBeUndefined()
  }
})

test('a secret opens in its own record only', async () => {
  const box = createSecretBox({ keys: [NEW] })
  const sealed = await box.seal(SECRET, CONTEXT)
  expect(await box.open(sealed, CONTEXT)).toBe(SECRET)
  for (const context of [
    ['acme_2026_b', 'acme', 'live'],
    ['acme_2026_a', 'other', 'live'],
    ['acme_2026_a', 'acme', 'sandbox'],
    ['acme_2026_a', 'acmelive'],
    [],
  ]) {
    await expect(box.open(sealed, context)).rejects.toMatchObject({ code: 'secret_unreadable' })
  }
})

test('the context binds the secret itself too, should a key management service leave it out', async () => {
  const kept: Uint8Array[] = []
  const forgetful: KeyEncryptionKey = {
    id: 'forgetful',
    wrap: dataKey => Uint8Array.of(kept.push(Uint8Array.from(dataKey)) - 1),
    unwrap: async ([index = 0]) => kept[index],
  }
  const box = createSecretBox({ keys: [forgetful] })
  const sealed = await box.seal(SECRET, CONTEXT)
  await expect(box.open(sealed, ['another'])).rejects.toMatchObject({ code: 'secret_unreadable' })
  expect(await box.open(sealed, CONTEXT)).toBe(SECRET)
  // Its own copy of the data key was not erased under it.
  expect(await box.open(sealed, CONTEXT)).toBe(SECRET)
})

test('two sealings of one secret have nothing in common', async () => {
  const box = createSecretBox({ keys: [NEW] })
  const [one, two] = [await box.seal(SECRET, CONTEXT), await box.seal(SECRET, CONTEXT)]
  expect(one.text).not.toBe(two.text)
  expect(one.wrappedKey).not.toBe(two.wrappedKey)
})

test('a changed record does not open, and its error holds no secret', async () => {
  const box = createSecretBox({ keys: [NEW] })
  const sealed = await box.seal(SECRET, CONTEXT)
  const other = await box.seal(`${SECRET}2`, CONTEXT)
  for (const changed of [
    { ...sealed, text: other.text },
    { ...sealed, wrappedKey: other.wrappedKey },
    { ...sealed, wrappedKey: '' },
    { ...sealed, text: '' },
  ]) {
    const error: unknown = await box.open(changed, CONTEXT).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'SecretBoxError', code: 'secret_unreadable' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET.slice(0, 12))
  }
})

test('rewrapping changes the wrapped key and nothing else, and the old key is then not needed', async () => {
  const before = await createSecretBox({ keys: [OLD] }).seal(SECRET, CONTEXT)
  const both = createSecretBox({ keys: [NEW, OLD] })
  expect(await both.open(before, CONTEXT)).toBe(SECRET)
  const after = await both.rewrap(before, CONTEXT)
  expect(after).toEqual({ ...before, keyEncryptionKey: 'kek_new', wrappedKey: after.wrappedKey })
  expect(after.wrappedKey).not.toBe(before.wrappedKey)
  expect(await createSecretBox({ keys: [NEW] }).open(after, CONTEXT)).toBe(SECRET)
  expect(await both.rewrap(after, CONTEXT)).toBe(after)
  await expect(createSecretBox({ keys: [NEW] }).open(before, CONTEXT)).rejects.toMatchObject({
    code: 'key_encryption_key_unknown',
  })
  await expect(both.rewrap(before, ['another'])).rejects.toMatchObject({ code: 'secret_unreadable' })
})

test('another key of the same id opens nothing', async () => {
  const sealed = await createSecretBox({ keys: [OLD] }).seal(SECRET, CONTEXT)
  const impostor = createLocalKeyEncryptionKey('kek_old', new Uint8Array(32).fill(9))
  await expect(createSecretBox({ keys: [impostor] }).open(sealed, CONTEXT)).rejects.toMatchObject({
    code: 'secret_unreadable',
  })
})

test('keys are read from lines, the first is current', () => {
  const line = (id: string, byte: number): string => `${id} ${Buffer.alloc(32, byte).toString('base64')}`
  const keys = parseKeyEncryptionKeys(`# made in November\n${line('b', 2)}\r\n\n  ${line('a', 1)}  \n`, 'x')
  expect(keys.map(({ id }) => id)).toEqual(['b', 'a'])
})

test.each([
  ['', 'key_encryption_key_missing'],
  ['# nothing\n', 'key_encryption_key_missing'],
  ['c2hvcnQ=', 'key_encryption_key_invalid'],
  ['kek c2hvcnQ=', 'key_encryption_key_invalid'],
  [`kek ${'A'.repeat(44)}`, 'key_encryption_key_invalid'],
  [`ke.k ${'A'.repeat(43)}=`, 'key_encryption_key_invalid'],
  [`kek ${'A'.repeat(43)}= more`, 'key_encryption_key_invalid'],
])('text that holds no keys: %j', (text, code) => {
  const parse = (): unknown => parseKeyEncryptionKeys(text, 'COUNTERSIGN_KEK')
  expect(parse).toThrow(expect.objectContaining({ code }))
  expect(parse).toThrow(/^COUNTERSIGN_KEK(?!.*(?:c2hv|AAAA))/)
})

test('a box needs keys, and each id once', () => {
  expect(() => createSecretBox({ keys: [] })).toThrow(
    expect.objectContaining({ code: 'key_encryption_key_missing' }),
  )
  expect(() => createSecretBox({ keys: [NEW, NEW] })).toThrow(
    expect.objectContaining({ code: 'key_encryption_key_invalid' }),
  )
  expect(() => createLocalKeyEncryptionKey('kek', new Uint8Array(16))).toThrow(/32 bytes, not 16/)
})

test.skipIf(process.platform === 'win32')('a key file that others can read is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-kek-'))
  const path = join(folder, 'kek')
  try {
    writeFileSync(path, `kek ${'A'.repeat(43)}=\n`, { mode: 0o600 })
    expect((await readKeyEncryptionKeys(path)).map(({ id }) => id)).toEqual(['kek'])
    writeFileSync(join(folder, 'open'), `kek ${'A'.repeat(43)}=\n`, { mode: 0o640 })
    await expect(readKeyEncryptionKeys(join(folder, 'open'))).rejects.toMatchObject({
      code: 'file_permissions',
      message: expect.stringContaining(`chmod 600 ${join(folder, 'open')}`),
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
