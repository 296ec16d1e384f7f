import type { HmacAuthorization, SigningScheme } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { ParsedRequest } from './parsed-request.js'

/** An HMAC signature as it was presented: well formed, in the right scope, covering what it must; not yet verified. */
export interface PresentedSignature {
  readonly row: SigningScheme
  readonly authorization: HmacAuthorization
  /** The header's text. */
  readonly text: string
  /** Taken from the memo, not parsed. */
  readonly remembered: boolean
  /** The date header's value, `yyyymmddThhmmssZ`. */
  readonly timestampText: string
  /** ms since epoch. */
  readonly timestamp: number
}

// `X-Amz-Signature` and `X-Partner-Signature`, whatever the label; the name is already known to be canonical.
const QUERY_SIGNATURE = /(?:^|&)x-[a-z0-9]+-signature=/i

/**
 * Makes sure that a request presents exactly one credential, in the Authorization header.
 *
 * @returns the header's raw value
 * @throws VerificationError `two_credentials`, `authorization_malformed`, `credentials_missing`
 */
export function findOnlyCredential(request: ParsedRequest): string {
  const authorization = request.headers.get('authorization')
  const inQuery = request.query !== '' && QUERY_SIGNATURE.test(request.query)
  const hasApiKey = request.headers.get('x-api-key') !== undefined
  if (Number(authorization !== undefined) + Number(inQuery) + Number(hasApiKey) > 1)
    throw new VerificationError('two_credentials', {
      part: 'authorization',
      message:
        'The request holds more than one of Authorization, X-API-Key and a signature in the query. Send exactly one credential.',
    })
  if (inQuery)
    throw new VerificationError('authorization_malformed', {
      part: 'query',
      message: 'A signature in the query is never accepted. Send it in the Authorization header.',
    })
  if (authorization === undefined) throw new VerificationError('credentials_missing')
  return authorization
}
