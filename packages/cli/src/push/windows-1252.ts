/** What the bytes 0x80 to 0x9f mean; the five that mean nothing are U+FFFD. */
const HIGH =
  '\u20ac\ufffd\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\ufffd\u017d\ufffd\ufffd\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\ufffd\u017e\u0178'
const BYTE_OF = new Map([...HIGH].map((character, index) => [character, 0x80 + index]))
const REPLACEMENT = 0x3f

/** Reads bytes as Windows-1252. A table of our own: what `TextDecoder` makes of 0x80 to 0x9f differs between Node versions. */
export function decodeWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, character => HIGH[character.charCodeAt(0) - 0x80]!)
}

/** Writes text as Windows-1252; a character that it does not have becomes `?`. */
export function encodeWindows1252(text: string): Buffer {
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    const plain = code < 0x80 || (code >= 0xa0 && code <= 0xff)
    bytes[length++] = plain
      ? code
      : ((character === '\ufffd' ? undefined : BYTE_OF.get(character)) ?? REPLACEMENT)
  }
  return bytes.subarray(0, length)
}

/** Position of the first byte that means nothing in Windows-1252, or is a control character of no text; -1 when there is none. */
export function findForeignByte(bytes: Uint8Array): number {
  return bytes.findIndex(
    byte =>
      byte === 0x81 ||
      byte === 0x8d ||
      byte === 0x8f ||
      byte === 0x90 ||
      byte === 0x9d ||
      (byte < 9 && byte >= 0) ||
      byte === 0x7f,
  )
}
