import { ProtocolError, quoteFragment } from './errors.js'

/** One row of the scheme table (`spec/partner-signing.md` §2): the labels that differ, nothing else does. */
export interface SigningScheme {
  /** Lower-case label, e.g. `partner`; curl's first provider word. */
  readonly label: string
  /** First word of the Authorization header and first line of the string to sign. */
  readonly algorithm: string
  /** Put before the secret at the start of the key derivation. */
  readonly secretPrefix: string
  /** Last part of the credential scope. */
  readonly terminator: string
  /** Every header that starts with this must be signed when present. Lower-case. */
  readonly headerPrefix: string
  /** Lower-case name of the header with the time of signing. */
  readonly dateHeader: string
  /** Lower-case name of the optional header with the payload hash. */
  readonly payloadHashHeader: string
  /** Lower-case name of the header that makes two identical requests of one second differ. */
  readonly nonceHeader: string
}

/**
 * Makes a row of the scheme table.
 *
 * @param label lower-case letters and digits, starting with a letter, at most 32 characters
 * @param headerLabel the word in the header names; default: `label` (AWS is the one that differs: `amz`)
 * @throws ProtocolError `scheme_invalid`
 *
 * @example
 * ```ts
 * import { createSigningScheme } from '@countersign/protocol'
 *
 * const acme = createSigningScheme('acme')
 * console.log(acme.algorithm, acme.dateHeader, acme.terminator) // ACME4-HMAC-SHA256 x-acme-date acme4_request
 * ```
 */
export function createSigningScheme(label: string, headerLabel: string = label): SigningScheme {
  for (const word of [label, headerLabel]) {
    if (!/^[a-z][a-z0-9]{0,31}$/.test(word)) {
      throw new ProtocolError(
        'scheme_invalid',
        'label',
        `The scheme label ${quoteFragment(word)} must be 1 to 32 lower-case letters and digits, starting with a letter.`,
      )
    }
  }
  const upper = label.toUpperCase()
  return Object.freeze({
    label,
    algorithm: `${upper}4-HMAC-SHA256`,
    secretPrefix: `${upper}4`,
    terminator: `${label}4_request`,
    headerPrefix: `x-${headerLabel}-`,
    dateHeader: `x-${headerLabel}-date`,
    payloadHashHeader: `x-${headerLabel}-content-sha256`,
    nonceHeader: `x-${headerLabel}-nonce`,
  })
}

/** The default row: `PARTNER4-HMAC-SHA256`, `X-Partner-Date`, `partner4_request`. */
export const PARTNER_SCHEME: SigningScheme = createSigningScheme('partner')

/** The row every AWS Signature Version 4 library speaks: `AWS4-HMAC-SHA256`, `X-Amz-Date`, `aws4_request`. */
export const AWS_SCHEME: SigningScheme = createSigningScheme('aws', 'amz')
