import { sha256Hex } from '#sha256'
import { ProtocolError } from './errors.js'

/** The payload hash of no body: SHA-256 of the empty string. */
export const EMPTY_PAYLOAD_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * The payload hash: SHA-256 over the raw body bytes, 64 lower-case hex digits (`spec/partner-signing.md` §4.4).
 *
 * @example
 * ```ts
 * import { createPayloadHash } from '@countersign/protocol'
 *
 * console.log(createPayloadHash(new TextEncoder().encode('{"status":"shipped"}')))
 * ```
 */
export function createPayloadHash(body: Uint8Array): string {
  return body.length === 0 ? EMPTY_PAYLOAD_HASH : sha256Hex(body)
}

/**
 * Reads the value of a payload-hash header. `UNSIGNED-PAYLOAD` and `STREAMING-…` have no meaning here.
 *
 * @throws ProtocolError `payload_hash_invalid`
 */
export function parsePayloadHash(value: string): string {
  if (/^[0-9a-f]{64}$/.test(value)) return value
  const unsigned = value === 'UNSIGNED-PAYLOAD' || value.startsWith('STREAMING-')
  throw new ProtocolError(
    'payload_hash_invalid',
    unsigned ? 'unsigned-payload' : 'payload-hash',
    unsigned
      ? 'The payload-hash header says that the body is not signed. Every body must be signed: send its SHA-256 or leave the header out.'
      : 'The payload-hash header must be the SHA-256 of the body as 64 lower-case hex digits.',
  )
}
