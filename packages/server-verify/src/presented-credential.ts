import { VerificationError } from './errors.js'
import type { ParsedRequest } from './parsed-request.js'
import type { PreparedScheme } from './schemes/verification-scheme.js'

/** The one credential of a request, and the scheme that has to prove it. */
export interface PresentedCredential {
  readonly scheme: PreparedScheme
  readonly presented: string
}

// `X-Amz-Signature` and `X-Partner-Signature`, whatever the label; the name is already known to be canonical.
const QUERY_SIGNATURE = /(?:^|&)x-[a-z0-9]+-signature=/i

/**
 * Makes sure that a request presents exactly one credential, and of a scheme that is enabled. A client certificate
 * counts only when nothing else is presented: with something else it is a layer.
 *
 * @throws VerificationError `two_credentials`, `authorization_malformed`, `credentials_missing`
 */
export function findOnlyCredential(
  request: ParsedRequest,
  schemes: readonly PreparedScheme[],
): PresentedCredential {
  const inQuery = request.query !== '' && QUERY_SIGNATURE.test(request.query)
  const hasAuthorization = request.headers.get('authorization') !== undefined
  const hasApiKey = request.headers.get('x-api-key') !== undefined
  let found: PresentedCredential | undefined
  let asCertificate: PresentedCredential | undefined
  let outsideAuthorization = false
  for (const scheme of schemes) {
    const presented = scheme.find(request)
    if (presented === undefined) continue
    if (scheme.name === 'client-certificate') asCertificate = { scheme, presented }
    else {
      if (found !== undefined) throw refuseSecond()
      found = { scheme, presented }
      outsideAuthorization = scheme.name === 'http-signature'
    }
  }
  if (Number(hasAuthorization) + Number(inQuery) + Number(hasApiKey) + Number(outsideAuthorization) > 1)
    throw refuseSecond()
  if (inQuery)
    throw new VerificationError('authorization_malformed', {
      part: 'query',
      message: 'A signature in the query is never accepted. Send it in the Authorization header.',
    })
  if (found !== undefined) return found
  if (hasAuthorization || hasApiKey)
    throw new VerificationError('credentials_missing', { detail: 'scheme_not_enabled' })
  if (asCertificate !== undefined) return asCertificate
  throw new VerificationError('credentials_missing')
}

function refuseSecond(): VerificationError {
  return new VerificationError('two_credentials', {
    part: 'authorization',
    message:
      'The request holds more than one of Authorization, X-API-Key, Signature and a signature in the query. Send exactly one credential.',
  })
}
