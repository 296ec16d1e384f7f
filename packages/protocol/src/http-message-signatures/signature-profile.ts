import { ProtocolError, quoteFragment } from '../errors.js'
import type { SignatureInput, SignatureParameters } from './signature-parameters.js'

/** Signature algorithms of the profile, by their names in RFC 9421 §3.3. Both make signatures of 64 bytes. */
export type SignatureAlgorithm = 'ed25519' | 'ecdsa-p256-sha256'

/** What a signature must cover and say, as data. */
export interface SignatureProfile {
  /** The `tag` that makes a signature one of this profile. */
  readonly tag: string
  readonly algorithms: readonly SignatureAlgorithm[]
  readonly requiredComponents: readonly string[]
  /** Covered as well when there is a body. */
  readonly requiredWithBody: readonly string[]
  readonly requiredParameters: readonly (keyof SignatureParameters)[]
  /** Characters. */
  readonly nonceLength: { readonly min: number; readonly max: number }
  /** Of both algorithms. */
  readonly signatureBytes: number
}

/** The profile of `spec/partner-signing.md` §13. */
export const PARTNER_SIGNATURE_PROFILE: SignatureProfile = {
  tag: 'partner-orders-v1',
  algorithms: ['ed25519', 'ecdsa-p256-sha256'],
  requiredComponents: ['@method', '@authority', '@path', '@query'],
  requiredWithBody: ['content-digest', 'content-type'],
  requiredParameters: ['created', 'expires', 'nonce', 'keyid', 'tag'],
  nonceLength: { min: 16, max: 128 },
  signatureBytes: 64,
}

/** What of a request decides on what must be covered. */
export interface SignatureCoverage {
  readonly hasBody: boolean
  /** Present headers that must be covered, lower case (`spec/partner-signing.md` §9). */
  readonly mustCover: readonly string[]
}

/** A signature's parameters once they are known to be those of a profile. */
export interface ProfiledParameters {
  readonly created: number
  readonly expires: number
  readonly nonce: string
  readonly keyid: string
  readonly tag: string
  readonly alg: SignatureAlgorithm | undefined
}

/**
 * Makes sure that a signature covers and says what its profile asks for. Whether it is fresh, whose the key is and whether
 * the signature is right are other questions.
 *
 * @throws ProtocolError `component_not_covered`, `signature_input_invalid`
 *
 * @example
 * ```ts
 * import { assertSignatureProfile, PARTNER_SIGNATURE_PROFILE } from '@countersign/protocol/http-message-signatures'
 *
 * const input = {
 *   components: ['@method', '@authority', '@path', '@query'],
 *   parameters: { created: 1795303840, expires: 1795304140, nonce: '00112233445566778899', keyid: 'demo_acme_ed25519', tag: 'partner-orders-v1' },
 * }
 * console.log(assertSignatureProfile(input, PARTNER_SIGNATURE_PROFILE, { hasBody: false, mustCover: [] }).keyid)
 * ```
 */
export function assertSignatureProfile(
  { components, parameters }: SignatureInput,
  profile: SignatureProfile,
  { hasBody, mustCover }: SignatureCoverage,
): ProfiledParameters {
  const covered = new Set(components)
  for (const name of profile.requiredComponents) if (!covered.has(name)) throw refuseUncovered(name)
  if (hasBody)
    for (const name of profile.requiredWithBody) if (!covered.has(name)) throw refuseUncovered(name)
  for (const name of mustCover) if (!covered.has(name)) throw refuseUncovered(name)
  for (const name of profile.requiredParameters)
    if (parameters[name] === undefined)
      throw refuse(name, `The signature parameter ${name} is missing. Add it to Signature-Input.`)
  const { created, expires, nonce, keyid, alg, tag } = parameters as Required<SignatureParameters>
  if (tag !== profile.tag) throw refuse('tag', `The tag must be ${quoteFragment(profile.tag)}.`)
  if (!(created! < expires!)) throw refuse('expires', 'The signature expires before or when it was created.')
  const { min, max } = profile.nonceLength
  if (nonce!.length < min || nonce!.length > max)
    throw refuse('nonce', `The nonce has ${nonce!.length} characters; ${min} to ${max} are accepted.`)
  const known = profile.algorithms.find(name => name === alg)
  if (alg !== undefined && known === undefined)
    throw refuse(
      'alg',
      `The algorithm ${quoteFragment(alg)} is not accepted: ${profile.algorithms.join(', ')}.`,
    )
  return { created: created!, expires: expires!, nonce: nonce!, keyid: keyid!, tag, alg: known }
}

function refuseUncovered(name: string): ProtocolError {
  return new ProtocolError(
    'component_not_covered',
    quoteFragment(name).slice(1, -1),
    `The signature does not cover ${quoteFragment(name)}. Add it to the covered components, or do not send it.`,
  )
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('signature_input_invalid', part, message)
}
