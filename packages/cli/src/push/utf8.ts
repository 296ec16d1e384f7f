import { isUtf8 } from 'node:buffer'
import { createInputError } from './input-error.js'

/**
 * Passes chunks through and refuses the first byte that is not UTF-8, naming its line and its place in the file.
 *
 * @throws CliError `encoding_invalid` (exit 6)
 */
export async function* requireUtf8(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let open: Buffer = Buffer.alloc(0)
  let offset = 0
  let line = 1
  for await (const chunk of chunks) {
    const bytes = open.length === 0 ? chunk : Buffer.concat([open, chunk])
    const whole = bytes.subarray(0, bytes.length - openSequenceLength(bytes))
    if (!isUtf8(whole)) throw createEncodingError(name, whole, offset, line)
    line += countLineFeeds(whole)
    offset += whole.length
    open = Buffer.from(bytes.subarray(whole.length))
    if (whole.length > 0) yield whole
  }
  if (open.length > 0) throw createEncodingError(name, open, offset, line)
}

/** How many bytes at the end may be the beginning of a character whose rest comes with the next chunk. */
function openSequenceLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return length > back ? back : 0
    }
  }
  return 0
}

function createEncodingError(name: string, bytes: Buffer, offset: number, line: number): Error {
  const at = firstInvalidByte(bytes)
  const lineOfFault = line + countLineFeeds(bytes.subarray(0, at))
  const byte = bytes[at]!.toString(16).padStart(2, '0')
  return createInputError(
    'encoding_invalid',
    `${name} is not UTF-8: line ${lineOfFault}, byte ${offset + at + 1} of the file is 0x${byte}. Nothing was sent.`,
    'save the file as UTF-8 ("CSV UTF-8" in a spreadsheet) and run the same command again',
  )
}

/** The longest valid beginning ends here: `isUtf8` of a beginning is monotonic but for a character cut in two. */
function firstInvalidByte(bytes: Buffer): number {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1
    if (isValidBeginning(bytes.subarray(0, middle))) valid = middle
    else invalid = middle
  }
  // `valid` bytes may end inside a character that the next byte breaks; that character's first byte is the fault.
  return valid - openSequenceLength(bytes.subarray(0, valid))
}

function isValidBeginning(bytes: Buffer): boolean {
  return isUtf8(bytes.subarray(0, bytes.length - openSequenceLength(bytes)))
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++
  return count
}
