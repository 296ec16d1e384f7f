import type { HmacAuthorization } from '../authorization-header.js'
import { createCanonicalHeaderValue } from '../canonical-headers.js'
import { quoteFragment } from '../errors.js'
import { createPayloadHash } from '../payload-hash.js'
import type { SigningScheme } from '../signing-scheme.js'
import { cause, type DiagnosisCause } from './cause.js'
import { checkForm } from './check-form.js'
import { findHeaders, type RecordedRequest } from './recorded-request.js'

const SIGNED_IF_PRESENT = ['idempotency-key', 'content-encoding', 'content-digest']

/** Which headers are not signed though they must be, or signed but absent (`spec/partner-signing.md` §9). */
export function diagnoseCoverage(
  request: RecordedRequest,
  { signedHeaders }: HmacAuthorization,
  scheme: SigningScheme,
  rows: readonly SigningScheme[],
): DiagnosisCause[] {
  const causes: DiagnosisCause[] = []
  const present = [...new Set(request.headers.map(([name]) => name.toLowerCase()))]
  const must = present.filter(
    name => SIGNED_IF_PRESENT.includes(name) || rows.some(row => name.startsWith(row.headerPrefix)),
  )
  for (const name of new Set(['host', scheme.dateHeader, ...must]))
    if (!signedHeaders.includes(name))
      causes.push(
        cause(
          'header_not_signed',
          `The header ${quoteFragment(name)} must be signed. Add it to SignedHeaders, or do not send it.`,
        ),
      )
  for (const name of signedHeaders) {
    if (!present.includes(name))
      causes.push(
        cause(
          'header_missing',
          `SignedHeaders lists ${quoteFragment(name)}, but the request has no such header. A proxy may have removed it.`,
        ),
      )
    for (const value of findHeaders(request, name))
      checkForm('header_invalid', causes, () => createCanonicalHeaderValue(name, value))
  }
  return causes
}

/** What is wrong with the payload-hash header (`spec/partner-signing.md` §4.4). */
export function diagnosePayloadHash(
  request: RecordedRequest,
  { payloadHashHeader }: SigningScheme,
): DiagnosisCause[] {
  const [claimed] = findHeaders(request, payloadHashHeader)
  if (claimed === undefined) return []
  if (claimed.startsWith('UNSIGNED-PAYLOAD') || claimed.startsWith('STREAMING-'))
    return [
      cause(
        'unsigned_payload',
        `The header ${payloadHashHeader} says ${quoteFragment(claimed)}. Every body must be signed by its SHA-256.`,
      ),
    ]
  if (!/^[0-9a-f]{64}$/.test(claimed))
    return [
      cause(
        'payload_hash_case',
        `The header ${payloadHashHeader} must be the SHA-256 of the body as 64 lower-case hex digits.`,
      ),
    ]
  if (request.body === undefined || createPayloadHash(request.body) === claimed) return []
  return [
    cause(
      'payload_hash_mismatch',
      `The header ${payloadHashHeader} is not the SHA-256 of the body that was sent.`,
    ),
  ]
}
