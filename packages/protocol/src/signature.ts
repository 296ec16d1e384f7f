import { hmacHex } from '#sha256'
import type { SigningKey } from './signing-key.js'

/**
 * The signature: HMAC-SHA-256 of the string to sign, 64 lower-case hex digits (`spec/partner-signing.md` §8).
 * A verifier compares it in constant time over the 32 decoded bytes, never with `===`.
 */
export function createSignature(signingKey: SigningKey, stringToSign: string): string {
  return hmacHex(signingKey.hmac, stringToSign)
}
