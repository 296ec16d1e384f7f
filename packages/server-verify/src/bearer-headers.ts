import { createCanonicalHeaderValue } from '@countersign/protocol'
import type { ParsedRequest } from './parsed-request.js'

const SHORT_LIST = ['content-type', 'content-encoding', 'idempotency-key', 'traceparent']

/**
 * What a handler may act on when nothing is signed: a fixed short list, so that no header of a proxy or of a
 * white-label prefix gets a meaning without a signature.
 *
 * @throws ProtocolError `header_invalid`
 */
export function readBearerHeaders({ headers }: ParsedRequest): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  for (const [name, value] of headers.pairs) {
    if (SHORT_LIST.includes(name) && !read.has(name)) read.set(name, createCanonicalHeaderValue(name, value))
  }
  return read
}
