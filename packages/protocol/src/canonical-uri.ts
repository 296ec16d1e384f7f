import { ProtocolError, quoteFragment } from './errors.js'
import { percentEncodeByte } from './percent-encode.js'

/** How strict the path of a request is. */
export interface CanonicalUriOptions {
  /**
   * Accept percent-escapes and RFC 3986 sub-delimiters in paths. Default `false`.
   * The canonical URI then encodes every byte but the unreserved ones and `/` once more, `%` included.
   */
  readonly escapedPaths?: boolean | undefined
}

const PLAIN_PATH = /^(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~-]+)*\/?$/
const ESCAPED_PATH_CHARACTER = /[A-Za-z0-9._~/%!$&'()*+,;=:@-]/

/**
 * The canonical URI of a path as it stands on the wire (`spec/partner-signing.md` §4.1).
 *
 * There is exactly one form: without `escapedPaths` the path itself, so that what is sent is what is signed.
 *
 * @param path raw path, starting with `/`, without query
 * @throws ProtocolError `target_not_canonical`, naming the offending part
 *
 * @example
 * ```ts
 * import { createCanonicalUri } from '@countersign/protocol'
 *
 * console.log(createCanonicalUri('/v1/orders/A-1001/statuses')) // /v1/orders/A-1001/statuses
 * console.log(createCanonicalUri('/o/A%20B', { escapedPaths: true })) // /o/A%2520B
 * ```
 */
export function createCanonicalUri(path: string, options: CanonicalUriOptions = {}): string {
  if (path !== '' && PLAIN_PATH.test(path)) return path
  if (options.escapedPaths !== true) throw explainPlainPath(path)
  assertEscapedPath(path)
  return path.replace(/[^A-Za-z0-9._~/-]/g, char => percentEncodeByte(char.charCodeAt(0)))
}

function explainPlainPath(path: string): ProtocolError {
  const structural = explainStructure(path)
  if (structural !== undefined) return structural
  const index = path.search(/[^A-Za-z0-9._~/-]/)
  const what = path[index] === '%' ? 'a percent-escape' : 'a character outside A-Z a-z 0-9 . _ ~ - /'
  return notCanonical(
    `it has ${what} at position ${index}: ${quoteFragment(path.slice(index, index + 3))}. Send a path of plain characters only.`,
  )
}

function assertEscapedPath(path: string): void {
  const structural = explainStructure(path)
  if (structural !== undefined) throw structural
  for (let i = 0; i < path.length; i++) {
    const char = path[i]!
    if (!ESCAPED_PATH_CHARACTER.test(char)) {
      throw notCanonical(`it has the character ${quoteFragment(char)} at position ${i}. Percent-encode it.`)
    }
    if (char !== '%') continue
    const triplet = path.slice(i, i + 3)
    if (!/^%[0-9A-F]{2}$/.test(triplet)) {
      throw notCanonical(
        `it has the escape ${quoteFragment(triplet)} at position ${i}. An escape is % and two upper-case hex digits.`,
      )
    }
    if (triplet === '%2F' || triplet === '%5C' || triplet === '%00') {
      throw notCanonical(
        `it has the escape ${triplet} at position ${i}. An encoded /, \\ or NUL is never accepted.`,
      )
    }
    i += 2
  }
}

function explainStructure(path: string): ProtocolError | undefined {
  if (path[0] !== '/') return notCanonical(`${quoteFragment(path)} does not start with "/".`)
  if (path.includes('//'))
    return notCanonical(`it has an empty segment ("//") at position ${path.indexOf('//')}.`)
  const dots = path.split('/').find(segment => /^(?:\.|%2[eE]){1,2}$/.test(segment))
  return dots === undefined
    ? undefined
    : notCanonical(`it has the dot segment ${quoteFragment(dots)}. Send the resolved path.`)
}

function notCanonical(what: string): ProtocolError {
  return new ProtocolError('target_not_canonical', 'path', `The path is not canonical: ${what}`)
}
