import { createHmacKey, type HmacKey, hmacBytes } from '#sha256'
import type { CredentialScope } from './credential-scope.js'
import type { SigningScheme } from './signing-scheme.js'

/** A signing key made ready for use. Opaque: it never leaves the process and is good for one scope only. */
export interface SigningKey {
  /** @internal */
  readonly hmac: HmacKey
}

const utf8 = new TextEncoder()

/**
 * Derives the signing key: HMAC-SHA-256 chained over date, environment, api and terminator, started with the
 * scheme's prefix and the secret (`spec/partner-signing.md` §7). Depends on the day: cache it per credential and scope.
 *
 * @param secret as text (used as UTF-8) or bytes
 *
 * @example
 * ```ts
 * import { createSignature, deriveSigningKey, PARTNER_SCHEME } from '@countersign/protocol'
 *
 * const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: PARTNER_SCHEME.terminator }
 * const key = deriveSigningKey(PARTNER_SCHEME, 'a secret of the partner', scope)
 * console.log(createSignature(key, 'PARTNER4-HMAC-SHA256\n…').length) // 64
 * ```
 */
export function deriveSigningKey(
  scheme: SigningScheme,
  secret: string | Uint8Array,
  scope: CredentialScope,
): SigningKey {
  return { hmac: createHmacKey(deriveSigningKeyBytes(scheme, secret, scope)) }
}

/** The 32 bytes behind a {@link SigningKey}: for test vectors and for debugging a signer, never for a log. */
export function deriveSigningKeyBytes(
  scheme: SigningScheme,
  secret: string | Uint8Array,
  scope: CredentialScope,
): Uint8Array {
  const secretBytes = typeof secret === 'string' ? utf8.encode(secret) : secret
  const prefix = utf8.encode(scheme.secretPrefix)
  let key = new Uint8Array(prefix.length + secretBytes.length)
  key.set(prefix)
  key.set(secretBytes, prefix.length)
  for (const part of [scope.date, scope.environment, scope.api, scope.terminator]) {
    key = new Uint8Array(hmacBytes(createHmacKey(key), part))
  }
  return key
}
