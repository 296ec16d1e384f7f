import { createCanonicalHeaderValue, parsePayloadHash } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import { isLowerHex } from './lower-hex.js'
import type { RequestHeaders } from './request-headers.js'

/**
 * The form of the optional payload-hash header, before anything is hashed.
 *
 * @throws ProtocolError `payload_hash_invalid`
 */
export function assertPayloadHashForm(headers: RequestHeaders, name: string): void {
  const value = headers.get(name)
  if (value === undefined || (value.length === 64 && isLowerHex(value, 0))) return
  parsePayloadHash(createCanonicalHeaderValue(name, value))
}

/**
 * A payload-hash header that came must say what the verifier computed.
 *
 * @throws VerificationError `payload_hash_mismatch`
 */
export function assertPayloadHash(headers: RequestHeaders, name: string, computed: string): void {
  const value = headers.get(name)
  if (value === undefined || value === computed) return
  if (createCanonicalHeaderValue(name, value) === computed) return
  throw new VerificationError('payload_hash_mismatch', {
    part: name,
    message: `The header ${name} does not hold the SHA-256 of the body that arrived.`,
  })
}
