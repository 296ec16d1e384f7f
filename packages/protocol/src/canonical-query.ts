import { ProtocolError, quoteFragment } from './errors.js'
import { percentEncode } from './percent-encode.js'

const CANONICAL_PAIR = /^((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+)=((?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*)$/
const ESCAPE = /%([0-9A-F]{2})/g
const UNRESERVED = /^[A-Za-z0-9._~-]$/

/**
 * The canonical query string of a query as it stands on the wire: the query itself, if it already has the one
 * accepted form (`spec/partner-signing.md` §4.2): `name=value` pairs joined by `&`, every byte that is not
 * unreserved as upper-case `%XX`, names strictly ascending by the bytes on the wire, none twice.
 *
 * @param query raw query without `?`; `''` for none
 * @throws ProtocolError `query_not_canonical`, saying what to change
 *
 * @example
 * ```ts
 * import { createCanonicalQuery } from '@countersign/protocol'
 *
 * console.log(createCanonicalQuery('cursor=eyJ&limit=50')) // cursor=eyJ&limit=50
 * ```
 */
export function createCanonicalQuery(query: string): string {
  if (query === '') return query
  let previous: string | undefined
  for (const pair of query.split('&')) {
    const match = CANONICAL_PAIR.exec(pair)
    if (match === null) throw explainPair(pair)
    const name = match[1]!
    if (pair.includes('%')) assertMinimalEscapes(pair)
    if (previous !== undefined) assertAscending(previous, name)
    previous = name
  }
  return query
}

/**
 * Writes name–value pairs as a canonical query string: encoded, sorted by name.
 *
 * @throws ProtocolError `query_not_canonical` for an empty or repeated name; URIError for a lone surrogate
 *
 * @example
 * ```ts
 * import { formatQuery } from '@countersign/protocol'
 *
 * console.log(formatQuery([['status', 'in transit'], ['limit', '50']])) // limit=50&status=in%20transit
 * ```
 */
export function formatQuery(pairs: Iterable<readonly [name: string, value: string]>): string {
  const encoded = Array.from(pairs, ([name, value]) => [percentEncode(name), percentEncode(value)] as const)
  encoded.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return createCanonicalQuery(encoded.map(([name, value]) => `${name}=${value}`).join('&'))
}

function explainPair(pair: string): ProtocolError {
  const at = quoteFragment(pair)
  if (pair === '') return notCanonical('there is an empty pair ("&" at an end, or "&&"). Remove it.')
  const parts = pair.split('=')
  if (parts.length === 1) return notCanonical(`${at} has no "=". Send "name=" for an empty value.`)
  if (parts.length > 2) return notCanonical(`${at} has more than one "=". Send %3D inside a value.`)
  if (parts[0] === '') return notCanonical(`${at} has no name before "=".`)
  if (pair.includes('+')) return notCanonical(`${at} holds "+". Send %20 for a space, %2B for a plus.`)
  if (/%(?![0-9A-Fa-f]{2})/.test(pair)) return notCanonical(`${at} holds an incomplete percent-escape.`)
  if (/%(?:[a-f]|.[a-f])/.test(pair))
    return notCanonical(`${at} holds a percent-escape in lower case. Send upper-case hex.`)
  return notCanonical(`${at} holds a character that must be percent-encoded.`)
}

function assertMinimalEscapes(pair: string): void {
  for (const [escaped, hex] of pair.matchAll(ESCAPE)) {
    const char = String.fromCharCode(Number.parseInt(hex!, 16))
    if (UNRESERVED.test(char)) {
      throw notCanonical(`${quoteFragment(pair)} escapes "${char}" as ${escaped}. Send the character itself.`)
    }
  }
}

function assertAscending(previous: string, name: string): void {
  if (previous < name) return
  if (previous === name) throw notCanonical(`the name ${quoteFragment(name)} stands twice.`)
  throw notCanonical(
    `${quoteFragment(name)} stands after ${quoteFragment(previous)}. Sort the pairs by name.`,
  )
}

function notCanonical(what: string): ProtocolError {
  return new ProtocolError('query_not_canonical', 'query', `The query is not canonical: ${what}`)
}
