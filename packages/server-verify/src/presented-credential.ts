import type { HmacAuthorization, SigningScheme } from '@countersign/protocol'
import { VerificationError } from './errors.js'
import type { ParsedRequest } from './parsed-request.js'

/** An HMAC signature as it was presented: well formed, in the right scope, covering what it must; not yet verified. */
export interface PresentedSignature {
  readonly row: SigningScheme
  readonly authorization: HmacAuthorization
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
  const others = [
    request.query !== '' && QUERY_SIGNATURE.test(request.query) ? 'a signature in the query' : undefined,
    request.headers.get('x-api-key') === undefined ? undefined : 'X-API-Key',
  ].filter(other => other !== undefined)
  if (others.length + (authorization === undefined ? 0 : 1) > 1) {
    const all = authorization === undefined ? others : ['Authorization', ...others]
    throw new VerificationError('two_credentials', {
      part: 'authorization',
      message: `The request holds ${all.join(' and ')}. Send exactly one credential.`,
    })
  }
  if (others[0] === 'a signature in the query')
    throw new VerificationError('authorization_malformed', {
      part: 'query',
      message: 'A signature in the query is never accepted. Send it in the Authorization header.',
    })
  if (authorization === undefined) throw new VerificationError('credentials_missing')
  return authorization
}
