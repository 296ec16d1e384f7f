import { parsePayloadHash } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { RequestHeaders } from './request-headers.js'

/**
 * The form of the optional payload-hash header, before anything is hashed.
 *
 * @throws ProtocolError `payload_hash_invalid`
 */
export function assertPayloadHashForm(headers: RequestHeaders, name: string): void {
  const value = headers.getCanonical(name)
  if (value !== undefined) parsePayloadHash(value)
}

/**
 * A payload-hash header that came must say what the verifier computed.
 *
 * @throws VerificationError `payload_hash_mismatch`
 */
export function assertPayloadHash(headers: RequestHeaders, name: string, computed: string): void {
  const value = headers.getCanonical(name)
  if (value === undefined || value === computed) return
  throw new VerificationError('payload_hash_mismatch', {
    part: name,
    message: `The header ${name} does not hold the SHA-256 of the body that arrived.`,
  })
}
