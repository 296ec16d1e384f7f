const HEX = '0123456789ABCDEF'

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
  // The five that encodeURIComponent leaves although RFC 3986 reserves them.
  return encodeURIComponent(text).replace(/[!'()*]/g, char => percentEncodeByte(char.charCodeAt(0)))
}

/** One byte as `%XX`. */
export function percentEncodeByte(byte: number): string {
  return `%${HEX[byte >> 4]}${HEX[byte & 15]}`
}
