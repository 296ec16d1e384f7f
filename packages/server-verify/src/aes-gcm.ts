import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** @returns nonce, ciphertext and tag in one: 12 + length + 16 bytes */
export function encrypt(key: Uint8Array, plain: Uint8Array, additionalData: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(additionalData)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([nonce, text, cipher.getAuthTag()])
}

/** @returns undefined when key, additional data or a byte of `sealed` are not those of the encryption */
export function decrypt(
  key: Uint8Array,
  sealed: Uint8Array,
  additionalData: Uint8Array,
): Uint8Array | undefined {
  // Shorter, the end would be read as a tag that it is not.
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(additionalData)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, end))
  try {
    decipher.final()
  } catch {
    plain.fill(0)
    return undefined
  }
  return plain
}
