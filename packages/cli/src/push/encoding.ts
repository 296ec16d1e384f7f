import { encodeWindows1252 } from './windows-1252.js'

/** How the characters of a text file are written. */
export type Encoding = 'utf-8' | 'windows-1252' | 'utf-16le'

/** `--encoding`. */
export type EncodingChoice = 'auto' | Encoding

/** Text as bytes of that encoding. What Windows-1252 does not have becomes `?`. */
export function encodeText(text: string, encoding: Encoding): Buffer {
  if (encoding === 'windows-1252') return encodeWindows1252(text)
  return Buffer.from(text, encoding === 'utf-16le' ? 'utf16le' : 'utf8')
}

const SAMPLE_BYTES = 64 * 1024
/** Of the units of two bytes: every text of a spreadsheet has more ASCII than that. */
const UTF16_SHARE = 0.3

/**
 * Finds the encoding of a file while its bytes pass by. The rule of `auto`:
 *
 * 1. A byte order mark decides: `EF BB BF` is UTF-8, `FF FE` UTF-16 (little endian).
 * 2. Without one, when more than 30 % of the pairs of bytes at the beginning are a character and a zero: UTF-16.
 * 3. What is valid UTF-8 to its end is UTF-8.
 * 4. What is not, and holds no well-formed UTF-8 sequence of several bytes at all, is Windows-1252. A mixture of the two
 *    is UTF-8 that was damaged: it is not guessed at but refused, with the line and the byte.
 */
export class EncodingDetector {
  #sample: Buffer = Buffer.alloc(0)
  readonly #sequences = new SequenceCounter()

  add(chunk: Buffer): void {
    if (this.#sample.length < SAMPLE_BYTES) {
      this.#sample = Buffer.concat([this.#sample, chunk.subarray(0, SAMPLE_BYTES - this.#sample.length)])
    }
    this.#sequences.add(chunk)
  }

  /** After the last byte. */
  result(): { readonly encoding: Encoding; readonly byteOrderMark: boolean; readonly ascii: boolean } {
    const sample = this.#sample
    const { valid, invalid } = this.#sequences.end()
    const ascii = valid === 0 && invalid === 0
    if (sample.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])))
      return { encoding: 'utf-8', byteOrderMark: true, ascii: false }
    if (sample[0] === 0xff && sample[1] === 0xfe)
      return { encoding: 'utf-16le', byteOrderMark: true, ascii: false }
    if (looksLikeUtf16(sample)) return { encoding: 'utf-16le', byteOrderMark: false, ascii: false }
    const encoding = invalid > 0 && valid === 0 ? 'windows-1252' : 'utf-8'
    return { encoding, byteOrderMark: false, ascii }
  }
}

function looksLikeUtf16(sample: Buffer): boolean {
  let zeros = 0
  for (let at = 1; at < sample.length; at += 2) if (sample[at] === 0 && sample[at - 1] !== 0) zeros++
  return sample.length >= 4 && zeros > (sample.length / 2) * UTF16_SHARE
}

/** Counts sequences of several bytes that are well-formed UTF-8, and bytes that are not. Close enough for a decision. */
class SequenceCounter {
  valid = 0
  invalid = 0
  #missing = 0

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#missing > 0) {
        if ((byte & 0xc0) === 0x80) {
          if (--this.#missing === 0) this.valid++
          continue
        }
        this.#missing = 0
        this.invalid++
      }
      if (byte < 0x80) continue
      this.#missing =
        byte >= 0xc2 && byte < 0xe0
          ? 1
          : byte >= 0xe0 && byte < 0xf0
            ? 2
            : byte >= 0xf0 && byte < 0xf5
              ? 3
              : 0
      if (this.#missing === 0) this.invalid++
    }
  }

  end(): { readonly valid: number; readonly invalid: number } {
    if (this.#missing > 0) this.invalid++
    this.#missing = 0
    return this
  }
}
