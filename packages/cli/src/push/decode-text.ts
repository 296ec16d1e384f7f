import type { Encoding } from './encoding.js'
import { createInputError } from './input-error.js'
import { requireUtf8 } from './utf8.js'
import { decodeWindows1252, findForeignByte } from './windows-1252.js'

/**
 * Bytes of any of the encodings → bytes of UTF-8, which is what the readers of all formats take.
 *
 * @param name of the file, for messages
 * @throws CliError `encoding_invalid` (exit 6): a byte that the encoding does not have, with its line where it can be told
 */
export function decodeText(
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  name: string,
): AsyncGenerator<Buffer> {
  switch (encoding) {
    case 'utf-8':
      return requireUtf8(chunks, name)
    case 'windows-1252':
      return readWindows1252(chunks, name)
    case 'utf-16le':
      return readUtf16(chunks, name)
  }
}

async function* readWindows1252(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  let offset = 0
  for await (const chunk of chunks) {
    const at = findForeignByte(chunk)
    if (at !== -1) {
      const byte = chunk[at]!.toString(16).padStart(2, '0')
      throw createEncodingError(name, `byte ${offset + at + 1} of the file, 0x${byte}, is not Windows-1252`)
    }
    offset += chunk.length
    yield Buffer.from(decodeWindows1252(chunk), 'utf8')
  }
}

async function* readUtf16(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })
  const decode = (chunk?: Buffer): Buffer => {
    try {
      return Buffer.from(
        chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }),
        'utf8',
      )
    } catch (error) {
      throw createEncodingError(name, 'it is cut in the middle of a character or is not UTF-16', error)
    }
  }
  for await (const chunk of chunks) {
    const text = decode(chunk)
    if (text.length > 0) yield text
  }
  decode()
}

function createEncodingError(name: string, fault: string, cause?: unknown): Error {
  return createInputError(
    'encoding_invalid',
    `${name} cannot be read as text: ${fault}. Nothing was sent.`,
    'save the file as UTF-8 ("CSV UTF-8" in a spreadsheet), or say with --encoding what it is',
    cause,
  )
}
