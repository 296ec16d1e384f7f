const HEX = '0123456789ABCDEF'
const utf8 = new TextEncoder()

/** RFC 3986 §2.3: the characters that are never percent-encoded. */
export function isUnreserved(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f ||
    code === 0x7e
  )
}

/**
 * Percent-encodes text as UTF-8: unreserved bytes (RFC 3986 §2.3) stay, all others become `%XX` in upper case.
 * A lone surrogate is a caller's mistake and throws `URIError`, as `encodeURIComponent` does.
 *
 * @example
 * ```ts
 * import { percentEncode } from '@countersign/protocol'
 *
 * console.log(percentEncode("a b+c!'()*")) // a%20b%2Bc%21%27%28%29%2A
 * ```
 */
export function percentEncode(text: string): string {
  if (/^[A-Za-z0-9._~-]*$/.test(text)) return text
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)) {
    throw new URIError('Text with a lone surrogate has no UTF-8 form and cannot be percent-encoded.')
  }
  let encoded = ''
  for (const byte of utf8.encode(text))
    encoded += isUnreserved(byte) ? String.fromCharCode(byte) : percentEncodeByte(byte)
  return encoded
}

/** One byte as `%XX`. */
export function percentEncodeByte(byte: number): string {
  return `%${HEX[byte >> 4]}${HEX[byte & 15]}`
}
