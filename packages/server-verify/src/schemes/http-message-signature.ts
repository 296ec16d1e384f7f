import { PARTNER_SIGNATURE_PROFILE } from '@countersign/protocol/http-message-signatures'
import { HttpMessageSignatureScheme } from './http-message-signature-scheme.js'
import type { VerificationScheme } from './verification-scheme.js'

/** How signatures of RFC 9421 are accepted. */
export interface HttpMessageSignatureOptions {
  /** The `tag` that makes a signature a credential here. Default `partner-orders-v1`. */
  readonly tag?: string | undefined
  /**
   * Keep the raw body in the evidence. Without it the evidence shows the digest of what was signed, and the body must be
   * kept elsewhere. Default `true`.
   */
  readonly keepBody?: boolean | undefined
  /** Public keys that are kept ready for use. Default 10,000. */
  readonly maxCachedKeys?: number | undefined
}

const TAG = /^[A-Za-z0-9._-]{1,64}$/

/**
 * Signatures by a key that only the partner holds (RFC 9421 with Ed25519 or ECDSA P-256, `spec/partner-signing.md` §13):
 * what was signed can be shown to a third party. The evidence goes into the audit record, so give the verifier an audit log.
 *
 * @throws TypeError for a tag that cannot stand in a request
 *
 * @example
 * ```ts
 * import { hmacSignature, httpMessageSignature } from '@countersign/server-verify'
 *
 * const schemes = [hmacSignature(), httpMessageSignature()]
 * console.log(schemes.map(scheme => scheme.name)) // ['hmac', 'http-signature']
 * ```
 */
export function httpMessageSignature(options: HttpMessageSignatureOptions = {}): VerificationScheme {
  const { tag = PARTNER_SIGNATURE_PROFILE.tag, keepBody = true, maxCachedKeys = 10_000 } = options
  if (!TAG.test(tag))
    throw new TypeError('httpMessageSignature: tag must be 1 to 64 characters of A-Z a-z 0-9 . _ -.')
  const profile = { ...PARTNER_SIGNATURE_PROFILE, tag }
  return {
    name: 'http-signature',
    prepare: settings => new HttpMessageSignatureScheme({ profile, keepBody, maxCachedKeys }, settings),
  }
}
