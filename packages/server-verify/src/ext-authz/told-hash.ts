import { ProtocolError } from '@countersign/protocol'
import { parseContentDigest } from '@countersign/protocol/http-message-signatures'
import { VerificationError } from '../errors.js'

const PAYLOAD_HASH = /^x-[a-z0-9]+-content-sha256$/
const SHA256 = /^[0-9a-f]{64}$/
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/**
 * The hash of a body that stays with the gateway, as the request tells it: with an HMAC signature, whose canonical
 * request ends with the hash, in the payload-hash header; with a signature of RFC 9421, which must cover it, in
 * Content-Digest. Never the one in place of the other: only there does the signature vouch for it.
 *
 * @returns `undefined` when none of the accepted form is told: then only an empty body fits
 * @throws VerificationError `payload_hash_required`, a friendlier answer than that of a signature for an empty body
 */
export function readToldHash(method: string, rawHeaders: readonly string[]): string | undefined {
  const all = toLowerCasePairs(rawHeaders)
  const isMessageSignature = all.some(([name]) => name === 'signature-input')
  const found = all.find(([name]) =>
    isMessageSignature ? name === 'content-digest' : PAYLOAD_HASH.test(name),
  )
  if (found !== undefined) return isMessageSignature ? readDigest(found[1]) : readHash(found[1])
  const signs =
    isMessageSignature ||
    all.some(([name, value]) => name === 'authorization' && value.includes('SignedHeaders='))
  if (!signs || BODILESS.has(method)) return undefined
  throw new VerificationError('payload_hash_required', {
    part: isMessageSignature ? 'content-digest' : 'payload-hash',
    message: `This gateway does not see the body. Send its SHA-256 in ${isMessageSignature ? 'Content-Digest' : 'the payload-hash header, e.g. X-Partner-Content-Sha256,'} and sign it.`,
  })
}

// What is malformed is refused by the verifier, in its own words.
function readHash(value: string): string | undefined {
  const trimmed = value.trim()
  return SHA256.test(trimmed) ? trimmed : undefined
}

function readDigest(value: string): string | undefined {
  try {
    return parseContentDigest(value)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

function toLowerCasePairs(rawHeaders: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    pairs.push([rawHeaders[i]!.toLowerCase(), rawHeaders[i + 1]!])
  return pairs
}
