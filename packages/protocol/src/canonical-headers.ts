import { ProtocolError, quoteFragment } from './errors.js'

/** One header field as on the wire: name in any case, value one character per byte (latin1). */
export type HeaderPair = readonly [name: string, value: string]

// One class costs a third of the alternatives below it, and most values hold no blank at all.
const PLAIN = /^[\x21-\x7e\x80-\xff]*$/
const NEEDS_CARE = /^[ \t]|[ \t]$| {2}|[^\x20-\x7e\x80-\xff]/

/**
 * The canonical value of one header: SP and HTAB trimmed at both ends, inner runs of SP made one SP
 * (`spec/partner-signing.md` §4.3). Byte 0xA0 is not white space.
 *
 * @param name only for the error
 * @throws ProtocolError `header_invalid` for an inner HTAB, a control character, or a character above U+00FF
 */
export function createCanonicalHeaderValue(name: string, value: string): string {
  if (PLAIN.test(value) || !NEEDS_CARE.test(value)) return value
  const trimmed = trimBlanks(value)
  const wrong = /[^\x20-\x7e\x80-\xff]/.exec(trimmed)
  if (wrong !== null) {
    const what = wrong[0] === '\t' ? 'a tab inside its value' : `the character ${quoteFragment(wrong[0])}`
    throw new ProtocolError(
      'header_invalid',
      quoteFragment(name).slice(1, -1),
      `The header ${quoteFragment(name)} holds ${what}. Remove it.`,
    )
  }
  return trimmed.replace(/ {2,}/g, ' ')
}

/**
 * The canonical headers: one line `name:value\n` for each signed header, in the order of `signedHeaders`;
 * values of a repeated header joined by `,` in wire order (`spec/partner-signing.md` §4.3).
 *
 * @param headers pairs in wire order
 * @param signedHeaders lower-case names, sorted (see `parseSignedHeaders`)
 * @throws ProtocolError `signed_headers_invalid` when a signed header is absent, `header_invalid` for a bad value
 *
 * @example
 * ```ts
 * import { createCanonicalHeaders } from '@countersign/protocol'
 *
 * console.log(createCanonicalHeaders([['Host', 'api.example.com'], ['X-Partner-Date', '20261121T233040Z']], ['host', 'x-partner-date']))
 * ```
 */
export function createCanonicalHeaders(
  headers: readonly HeaderPair[],
  signedHeaders: readonly string[],
): string {
  let lines = ''
  for (const name of signedHeaders) {
    let joined: string | undefined
    for (const pair of headers) {
      const headerName = pair[0]
      if (headerName.length !== name.length) continue
      if (headerName !== name && headerName.toLowerCase() !== name) continue
      const canonical = createCanonicalHeaderValue(name, pair[1])
      joined = joined === undefined ? canonical : `${joined},${canonical}`
    }
    if (joined === undefined) {
      throw new ProtocolError(
        'signed_headers_invalid',
        name,
        `SignedHeaders lists ${quoteFragment(name)}, but the request has no such header.`,
      )
    }
    lines += `${name}:${joined}\n`
  }
  return lines
}

function trimBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
