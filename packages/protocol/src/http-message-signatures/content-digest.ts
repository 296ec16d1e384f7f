import { sha256Hex } from '#sha256'
import { ProtocolError } from '../errors.js'
import { findRepeatedKey, formatByteSequence, readByteSequence, readDictionary } from './structured-fields.js'

const ALGORITHM = 'sha-256'
const BYTES = 32

/**
 * The value of Content-Digest (RFC 9530) for a body: SHA-256 over its raw bytes (`spec/partner-signing.md` §13.4).
 *
 * @example
 * ```ts
 * import { createContentDigest } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(createContentDigest(new TextEncoder().encode('{"hello": "world"}')))
 * // sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:
 * ```
 */
export function createContentDigest(body: Uint8Array): string {
  return `${ALGORITHM}=${formatByteSequence(hexToBytes(sha256Hex(body)))}`
}

/**
 * Reads a value of Content-Digest. Digests of other algorithms may stand beside the SHA-256 and are not looked at.
 *
 * @returns the SHA-256, 64 lower-case hex digits
 * @throws ProtocolError `content_digest_invalid` when it is malformed, names an algorithm twice or holds no SHA-256
 *
 * @example
 * ```ts
 * import { parseContentDigest } from '@countersign/protocol/http-message-signatures'
 *
 * console.log(parseContentDigest('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:')) // 5f8f04f6…
 * ```
 */
export function parseContentDigest(value: string): string {
  const members = readDictionary(value)
  if (members === undefined)
    throw refuse('Content-Digest is no dictionary of structured fields (RFC 9530 section 2).')
  if (findRepeatedKey(members) !== undefined) throw refuse('Content-Digest names an algorithm twice.')
  for (const member of members) {
    const digest = readByteSequence(member)
    if (digest === undefined)
      throw refuse('Content-Digest must hold padded base64 between colons for each algorithm.')
    if (member.key !== ALGORITHM) continue
    if (digest.length === BYTES) return bytesToHex(digest)
    throw refuse('The sha-256 of Content-Digest must have 32 bytes.')
  }
  throw refuse('Content-Digest holds no sha-256. Send sha-256=:<base64>:.')
}

/**
 * Whether a Content-Digest is that of a body. Always computed from the bytes, never believed.
 *
 * @throws ProtocolError `content_digest_invalid`
 *
 * @example
 * ```ts
 * import { createContentDigest, verifyContentDigest } from '@countersign/protocol/http-message-signatures'
 *
 * const body = new TextEncoder().encode('{}')
 * console.log(verifyContentDigest(createContentDigest(body), body)) // true
 * ```
 */
export function verifyContentDigest(value: string, body: Uint8Array): boolean {
  return parseContentDigest(value) === sha256Hex(body)
}

function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  )
}

function bytesToHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}

function refuse(message: string): ProtocolError {
  return new ProtocolError('content_digest_invalid', 'content-digest', message)
}
