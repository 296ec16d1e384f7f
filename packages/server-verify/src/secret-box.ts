import { randomBytes } from 'node:crypto'
import { decrypt, encrypt } from './aes-gcm.js'
import type { KeyEncryptionKey } from './key-encryption-key.js'
import { SecretBoxError } from './secret-box-error.js'

const DATA_KEY_BYTES = 32

/** A secret as a store keeps it. Safe to dump: without the key-encryption key it opens nothing. */
export interface SealedSecret {
  readonly version: 1
  /** Id of the key-encryption key that wrapped `wrappedKey`. */
  readonly keyEncryptionKey: string
  /** The data key of this one secret, wrapped. Base64url. */
  readonly wrappedKey: string
  /** Nonce, ciphertext and tag of AES-256-GCM under the data key. Base64url. */
  readonly text: string
}

/** Seals secrets that have to be read again, such as those of HMAC signatures. */
export interface SecretBox {
  /** Id of the key-encryption key for what is new. */
  readonly currentKeyId: string
  /** @param context what the secret belongs to; the same is needed to open it */
  seal(secret: string, context: readonly string[]): Promise<SealedSecret>
  /** @throws SecretBoxError `secret_unreadable`, `key_encryption_key_unknown` */
  open(sealed: SealedSecret, context: readonly string[]): Promise<string>
  /**
   * Wraps the data key anew under the current key-encryption key. The secret itself is neither opened nor changed.
   *
   * @returns the same object when it is wrapped under the current key already
   * @throws SecretBoxError `secret_unreadable`, `key_encryption_key_unknown`
   */
  rewrap(sealed: SealedSecret, context: readonly string[]): Promise<SealedSecret>
}

/** Options of {@link createSecretBox}. */
export interface SecretBoxOptions {
  /** The first wraps what is new; the others open what they wrapped. */
  readonly keys: readonly KeyEncryptionKey[]
}

/**
 * Envelope encryption: each secret under an AES-256-GCM data key of its own, the data key wrapped by a key-encryption
 * key that the store never sees. Both layers authenticate the context, so a sealed secret opens in its own record only.
 *
 * @throws SecretBoxError `key_encryption_key_missing`, `key_encryption_key_invalid` (two of one id)
 *
 * @example
 * ```ts
 * import { randomBytes } from 'node:crypto'
 * import { createLocalKeyEncryptionKey, createSecretBox } from '@countersign/server-verify'
 *
 * const secrets = createSecretBox({ keys: [createLocalKeyEncryptionKey('kek_2026', randomBytes(32))] })
 * const sealed = await secrets.seal('a secret', ['acme_2026_a', 'acme', 'live'])
 * console.log(await secrets.open(sealed, ['acme_2026_a', 'acme', 'live'])) // a secret
 * ```
 */
export function createSecretBox({ keys }: SecretBoxOptions): SecretBox {
  const [current] = keys
  if (current === undefined)
    throw new SecretBoxError('key_encryption_key_missing', 'A secret box needs a key-encryption key.')
  const byId = new Map(keys.map(key => [key.id, key]))
  if (byId.size !== keys.length)
    throw new SecretBoxError('key_encryption_key_invalid', 'Two key-encryption keys have one id.')

  async function unwrap(sealed: SealedSecret, additionalData: Uint8Array): Promise<Uint8Array> {
    const key = byId.get(sealed.keyEncryptionKey)
    if (key === undefined)
      throw new SecretBoxError(
        'key_encryption_key_unknown',
        `The secret is sealed under the key-encryption key ${JSON.stringify(sealed.keyEncryptionKey)}; given are ${[...byId.keys()].join(', ')}.`,
      )
    const dataKey = await key.unwrap(Buffer.from(sealed.wrappedKey, 'base64url'), additionalData)
    if (dataKey?.length !== DATA_KEY_BYTES) throw createUnreadableError(key.id)
    // A copy, since it is erased after use and a key management client may keep its own.
    return Uint8Array.from(dataKey)
  }

  return {
    currentKeyId: current.id,
    async seal(secret, context) {
      const additionalData = encodeContext(context)
      const dataKey = randomBytes(DATA_KEY_BYTES)
      const text = encrypt(dataKey, Buffer.from(secret, 'utf8'), additionalData)
      return createSealed(current.id, await wrapAndErase(current, dataKey, additionalData), encode(text))
    },
    async open(sealed, context) {
      const additionalData = encodeContext(context)
      const dataKey = await unwrap(sealed, additionalData)
      const plain = decrypt(dataKey, Buffer.from(sealed.text, 'base64url'), additionalData)
      dataKey.fill(0)
      if (plain === undefined) throw createUnreadableError(sealed.keyEncryptionKey)
      return Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8')
    },
    async rewrap(sealed, context) {
      if (sealed.keyEncryptionKey === current.id) return sealed
      const additionalData = encodeContext(context)
      const dataKey = await unwrap(sealed, additionalData)
      return createSealed(current.id, await wrapAndErase(current, dataKey, additionalData), sealed.text)
    },
  }
}

async function wrapAndErase(
  key: KeyEncryptionKey,
  dataKey: Uint8Array,
  context: Uint8Array,
): Promise<string> {
  try {
    return encode(await key.wrap(dataKey, context))
  } finally {
    dataKey.fill(0)
  }
}

function createSealed(keyEncryptionKey: string, wrappedKey: string, text: string): SealedSecret {
  return { version: 1, keyEncryptionKey, wrappedKey, text }
}

// JSON, so that no two lists of words come to the same bytes.
function encodeContext(context: readonly string[]): Uint8Array {
  return Buffer.from(JSON.stringify(['countersign/secret/1', ...context]), 'utf8')
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function createUnreadableError(keyEncryptionKey: string): SecretBoxError {
  return new SecretBoxError(
    'secret_unreadable',
    `The sealed secret does not open with the key-encryption key ${keyEncryptionKey}: the record was changed, or this is another key of that id.`,
  )
}
