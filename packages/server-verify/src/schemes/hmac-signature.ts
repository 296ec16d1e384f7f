import { AWS_SCHEME, PARTNER_SCHEME, type SigningScheme } from '@countersign/protocol'
import { HmacScheme } from './hmac-scheme.js'
import type { VerificationScheme } from './verification-scheme.js'

/** How HMAC signatures are accepted. */
export interface HmacSignatureOptions {
  /** Rows of the scheme table. Default: `PARTNER_SCHEME` and `AWS_SCHEME`. */
  readonly rows?: readonly SigningScheme[] | undefined
  /** Key ids whose derived signing keys are kept. Default 10,000. */
  readonly maxCachedKeyIds?: number | undefined
}

/**
 * The HMAC signature scheme (`spec/partner-signing.md` §2). Several rows with one secret are safe: the labels are
 * part of the key derivation.
 *
 * @throws TypeError for no rows or two rows with one algorithm
 *
 * @example
 * ```ts
 * import { createSigningScheme, PARTNER_SCHEME } from '@countersign/protocol'
 * import { hmacSignature } from '@countersign/server-verify'
 *
 * const scheme = hmacSignature({ rows: [PARTNER_SCHEME, createSigningScheme('acme')] })
 * console.log(scheme.rows?.map(row => row.algorithm)) // ['PARTNER4-HMAC-SHA256', 'ACME4-HMAC-SHA256']
 * ```
 */
export function hmacSignature(options: HmacSignatureOptions = {}): VerificationScheme {
  const rows = [...(options.rows ?? [PARTNER_SCHEME, AWS_SCHEME])]
  if (rows.length === 0) throw new TypeError('hmacSignature: rows must name at least one scheme row.')
  if (new Set(rows.map(row => row.algorithm)).size !== rows.length)
    throw new TypeError('hmacSignature: two rows have one algorithm.')
  const maxCachedKeyIds = options.maxCachedKeyIds ?? 10_000
  return { name: 'hmac', rows, prepare: settings => new HmacScheme(rows, maxCachedKeyIds, settings) }
}
