import { createCanonicalHeaderValue, parsePayloadHash } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { RequestHeaders } from './request-headers.js'

/**
 * The form of the optional payload-hash header, before the MAC: `UNSIGNED-PAYLOAD` gets its own answer.
 *
 * @throws ProtocolError `payload_hash_invalid`
 */
export function assertPayloadHashForm(headers: RequestHeaders, name: string, computed: string): void {
  const value = headers.get(name)
  if (value === undefined || value === computed) return
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
