import { ProtocolError, quoteFragment } from './errors.js'

/** A request target in origin form, cut at its first `?`; nothing decoded, nothing normalised. */
export interface RequestTarget {
  /** Raw path, starting with `/`. */
  readonly path: string
  /** Raw query without `?`; `''` when there is none. */
  readonly query: string
}

/**
 * Splits the target of a request line (RFC 9112 §3.2.1) into raw path and raw query (`spec/partner-signing.md` §4).
 * Only the origin form is a target: absolute-form, authority-form, `*`, a fragment and a lone `?` are refused.
 * Whether path and query are canonical is the business of `createCanonicalUri` and `createCanonicalQuery`.
 *
 * @throws ProtocolError `target_not_canonical`
 *
 * @example
 * ```ts
 * import { parseRequestTarget } from '@countersign/protocol'
 *
 * console.log(parseRequestTarget('/v1/orders/A-1/statuses?limit=5')) // { path: '/v1/orders/A-1/statuses', query: 'limit=5' }
 * ```
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (target.charCodeAt(0) !== 0x2f) {
    const form = target === '*' ? 'asterisk' : target.includes('://') ? 'absolute' : 'unknown'
    throw refuse(
      'form',
      `The request target ${quoteFragment(target)} is in ${form} form. Send the origin form, a path that starts with "/".`,
    )
  }
  if (target.includes('#'))
    throw refuse('fragment', 'The request target holds a fragment ("#"). A fragment is never sent.')
  const mark = target.indexOf('?')
  if (mark === -1) return { path: target, query: '' }
  if (mark === target.length - 1)
    throw refuse('query', 'The request target ends in "?" without a query. Leave the "?" out.')
  return { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('target_not_canonical', part, message)
}
