const NONCE_CHARACTERS = 32
const POOL_NONCES = 256
const HEX_DIGITS = new TextEncoder().encode('0123456789abcdef')

const random = new Uint8Array((NONCE_CHARACTERS / 2) * POOL_NONCES)
const digits = new Uint8Array(NONCE_CHARACTERS * POOL_NONCES)
const ascii = new TextDecoder('latin1')
let hex = ''
let used = 0

/**
 * 128 random bits as 32 lower-case hex digits. Drawn and written out for many nonces at once: one call of the system's
 * generator for each would cost more than the signature.
 */
export function createNonce(): string {
  if (used === hex.length) {
    globalThis.crypto.getRandomValues(random)
    for (let i = 0; i < random.length; i++) {
      digits[2 * i] = HEX_DIGITS[random[i]! >> 4]!
      digits[2 * i + 1] = HEX_DIGITS[random[i]! & 15]!
    }
    hex = ascii.decode(digits)
    used = 0
  }
  used += NONCE_CHARACTERS
  return hex.slice(used - NONCE_CHARACTERS, used)
}
