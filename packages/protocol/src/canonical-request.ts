import { createCanonicalHeaders } from './canonical-headers.js'
import { createCanonicalQuery } from './canonical-query.js'
import { type CanonicalUriOptions, createCanonicalUri } from './canonical-uri.js'
import { ProtocolError, quoteFragment } from './errors.js'
import type { SignableRequest } from './signable-request.js'
import { joinSignedHeaders } from './signed-headers.js'

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/

/**
 * The canonical request: method, canonical URI, canonical query, canonical headers, signed headers and payload hash,
 * joined by newlines (`spec/partner-signing.md` §4). A byte string: one character, one byte.
 *
 * @param signedHeaders lower-case names, sorted, unique (see `parseSignedHeaders`)
 * @throws ProtocolError `method_invalid`, `target_not_canonical`, `query_not_canonical`, `signed_headers_invalid`, `header_invalid`
 *
 * @example
 * ```ts
 * import { createCanonicalRequest, EMPTY_PAYLOAD_HASH } from '@countersign/protocol'
 *
 * const request = {
 *   method: 'GET',
 *   path: '/v1/whoami',
 *   query: '',
 *   headers: [['host', 'api.example.com'], ['x-partner-date', '20261121T233040Z']],
 *   payloadHash: EMPTY_PAYLOAD_HASH,
 * } as const
 * console.log(createCanonicalRequest(request, ['host', 'x-partner-date']))
 * ```
 */
export function createCanonicalRequest(
  request: SignableRequest,
  signedHeaders: readonly string[],
  options?: CanonicalUriOptions,
): string {
  if (!METHOD.test(request.method)) {
    throw new ProtocolError('method_invalid', 'method', `${quoteFragment(request.method)} is no HTTP method.`)
  }
  const uri = createCanonicalUri(request.path, options)
  const query = createCanonicalQuery(request.query)
  const headers = createCanonicalHeaders(request.headers, signedHeaders)
  return `${request.method}\n${uri}\n${query}\n${headers}\n${joinSignedHeaders(signedHeaders)}\n${request.payloadHash}`
}
