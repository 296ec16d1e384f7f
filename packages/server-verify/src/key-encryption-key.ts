import { decrypt, encrypt } from './aes-gcm.js'
import { readPrivateFile } from './private-file.js'
import { SecretBoxError } from './secret-box-error.js'

/**
 * Wraps the data keys of sealed secrets. In this process ({@link createLocalKeyEncryptionKey}), or a key management
 * service that never gives its key away. `context` is authenticated with the data key ("encryption context", "AAD").
 */
export interface KeyEncryptionKey {
  /** 1 to 64 of `A-Z a-z 0-9 _ -`. Stored beside what it wrapped. */
  readonly id: string
  wrap(dataKey: Uint8Array, context: Uint8Array): Uint8Array | Promise<Uint8Array>
  /** Throws, or answers undefined, when `wrapped` or `context` are not those of `wrap`. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>
}

const ID = /^[A-Za-z0-9_-]{1,64}$/
const KEY_BYTES = 32
const BASE64 = /^[A-Za-z0-9+/]{43}=$|^[A-Za-z0-9_-]{43}$/

/**
 * A key-encryption key in this process: AES-256-GCM.
 *
 * @param key 32 random bytes; copied
 * @throws SecretBoxError `key_encryption_key_invalid`
 *
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto'
 * import { createLocalKeyEncryptionKey, createSecretBox } from '@countersign/server-verify'
 *
 * const secrets = createSecretBox({ keys: [createLocalKeyEncryptionKey('kek_2026', randomBytes(32))] })
 * console.log(secrets.currentKeyId) // kek_2026
 * ```
 */
export function createLocalKeyEncryptionKey(id: string, key: Uint8Array): KeyEncryptionKey {
  if (!ID.test(id)) throw invalid('The id of a key-encryption key must be 1 to 64 of A-Z a-z 0-9 _ -.')
  if (key.length !== KEY_BYTES)
    throw invalid(`The key-encryption key ${id} must have 32 bytes, not ${key.length}.`)
  const own = Uint8Array.from(key)
  return {
    id,
    wrap: (dataKey, context) => encrypt(own, dataKey, context),
    unwrap: (wrapped, context) => decrypt(own, wrapped, context),
  }
}

/**
 * Reads key-encryption keys from text: one a line, `ID BASE64`, 32 bytes each. The first is the current one: it wraps
 * what is new. Those below are only there to open what they wrapped. Empty lines and lines that start with `#` are
 * left out.
 *
 * @param source names the text in messages, e.g. a path
 * @throws SecretBoxError `key_encryption_key_invalid`, `key_encryption_key_missing`
 *
 * @example
 * ```ts
 * import { parseKeyEncryptionKeys } from '@countersign/server-verify'
 *
 * const [current] = parseKeyEncryptionKeys(process.env.COUNTERSIGN_KEK ?? '', 'COUNTERSIGN_KEK')
 * console.log(current?.id)
 * ```
 */
export function parseKeyEncryptionKeys(text: string, source: string): readonly KeyEncryptionKey[] {
  const keys = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => parseLine(line, `${source}, line ${number}`))
  if (keys.length === 0)
    throw new SecretBoxError('key_encryption_key_missing', `${source} holds no key-encryption key.`)
  return keys
}

/**
 * Reads key-encryption keys from a file that only its owner can read. Its form: {@link parseKeyEncryptionKeys}.
 *
 * @throws SecretBoxError `key_encryption_key_invalid`, `key_encryption_key_missing`
 * @throws PrivateFileError `file_permissions`
 * @throws the system's error when the file cannot be read
 *
 * @example
 * ```ts
 * import { createSecretBox, readKeyEncryptionKeys } from '@countersign/server-verify'
 *
 * const secrets = createSecretBox({ keys: await readKeyEncryptionKeys('/etc/countersign/kek') })
 * console.log(secrets.currentKeyId)
 * ```
 */
export async function readKeyEncryptionKeys(path: string): Promise<readonly KeyEncryptionKey[]> {
  return parseKeyEncryptionKeys(await readPrivateFile(path), path)
}

// The line itself is never quoted: it holds the key.
function parseLine(line: string, where: string): KeyEncryptionKey {
  const [id = '', key = '', ...more] = line.split(/[ \t]+/)
  if (!ID.test(id) || !BASE64.test(key) || more.length > 0)
    throw invalid(`${where} must be an id (1 to 64 of A-Z a-z 0-9 _ -), a space, and 32 bytes in base64.`)
  return createLocalKeyEncryptionKey(id, Buffer.from(key, 'base64'))
}

function invalid(message: string): SecretBoxError {
  return new SecretBoxError('key_encryption_key_invalid', message)
}
