import { ProtocolError, quoteFragment } from './errors.js'

/** More signed headers than this are refused (`spec/partner-signing.md` §4.3). */
export const MAX_SIGNED_HEADERS = 64

const SIGNED_HEADERS = /^[!#$%&'*+.^_`|~0-9a-z-]+(?:;[!#$%&'*+.^_`|~0-9a-z-]+)*$/

/**
 * Reads a SignedHeaders list: lower-case names, sorted by bytes, none twice, at most 64.
 *
 * @throws ProtocolError `signed_headers_invalid`, naming the offending entry
 *
 * @example
 * ```ts
 * import { parseSignedHeaders } from '@countersign/protocol'
 *
 * console.log(parseSignedHeaders('content-type;host;x-partner-date')) // ['content-type', 'host', 'x-partner-date']
 * ```
 */
export function parseSignedHeaders(list: string): readonly string[] {
  if (!SIGNED_HEADERS.test(list)) throw explain(list)
  const names = list.split(';')
  if (names.length > MAX_SIGNED_HEADERS)
    throw refuse(`it lists ${names.length} headers; at most ${MAX_SIGNED_HEADERS} are accepted.`)
  for (let i = 1; i < names.length; i++) {
    if (names[i - 1]! < names[i]!) continue
    if (names[i - 1] === names[i]) throw refuse(`${quoteFragment(names[i]!)} stands twice.`)
    throw refuse(`${quoteFragment(names[i]!)} stands after ${quoteFragment(names[i - 1]!)}. Sort the names.`)
  }
  return names
}

/**
 * Writes a SignedHeaders list from header names in any case and order.
 *
 * @throws ProtocolError `signed_headers_invalid` for a name that is no token, or more than 64
 */
export function formatSignedHeaders(names: Iterable<string>): string {
  const sorted = [...new Set(Array.from(names, lowerCase))].sort()
  const list = sorted.join(';')
  parseSignedHeaders(list)
  return list
}

/** The list as it is signed. Concatenation: for a handful of names it costs a fifth of `join`. */
export function joinSignedHeaders(names: readonly string[]): string {
  let list = ''
  for (let i = 0; i < names.length; i++) list = i === 0 ? names[i]! : `${list};${names[i]!}`
  return list
}

// Letters A to Z only: toLowerCase also makes the Kelvin sign (U+212A) a "k".
function lowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, letters => letters.toLowerCase())
}

function explain(list: string): ProtocolError {
  for (const name of list.split(';')) {
    if (name === '') return refuse('it has an empty entry.')
    if (name !== name.toLowerCase()) return refuse(`${quoteFragment(name)} is not in lower case.`)
    if (!SIGNED_HEADERS.test(name)) return refuse(`${quoteFragment(name)} is no header name.`)
  }
  return refuse('it is malformed.')
}

function refuse(what: string): ProtocolError {
  return new ProtocolError(
    'signed_headers_invalid',
    'SignedHeaders',
    `SignedHeaders is not acceptable: ${what}`,
  )
}
