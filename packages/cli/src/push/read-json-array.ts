import type { ColumnNames } from './column-map.js'
import type { Encoding } from './encoding.js'
import { createInputError } from './input-error.js'
import type { InputRow, OpenedRows } from './input-row.js'
import { createJsonRowReader } from './json-rows.js'

const MAX_ELEMENT_BYTES = 1024 * 1024
const [LINE_FEED, QUOTE, COMMA, BACKSLASH] = [10, 0x22, 0x2c, 0x5c]
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Opens a JSON array of objects without ever holding more than one of them: elements are cut out by brackets and quotes,
 * and each is parsed for itself. An element that is no valid object is a rejected row; an array that does not end, or
 * anything after it, makes the file invalid as a whole.
 *
 * @throws CliError `json_malformed` (exit 6), while reading
 */
export async function openJsonArray(
  name: string,
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  names: ColumnNames,
): Promise<OpenedRows> {
  return { shape: { format: 'json', encoding }, rows: readRows(name, chunks, names) }
}

async function* readRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  names: ColumnNames,
): AsyncGenerator<InputRow> {
  const createRow = createJsonRowReader(names)
  const splitter = new ElementSplitter(name)
  for await (const chunk of chunks) {
    for (const { line, text } of splitter.add(chunk)) yield createRow(line, text)
  }
  splitter.end()
}

interface Element {
  readonly line: number
  readonly text: string
}

/** Cuts the elements out of an array. Bytes above 0x7f only ever stand in strings, so UTF-8 needs no decoding for that. */
class ElementSplitter {
  readonly #name: string
  #line = 1
  #place: 'before' | 'inside' | 'after' = 'before'
  #depth = 0
  #inString = false
  #escaped = false
  #open: Buffer[] = []
  #openBytes = 0
  #elementLine = 0
  /** An element ended or a comma did: what may come now. */
  #expectsElement = true
  #elements = 0

  constructor(name: string) {
    this.#name = name
  }

  *add(chunk: Buffer): Generator<Element> {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === LINE_FEED) this.#line++
      if (this.#place !== 'inside') {
        this.#outside(byte, chunk, at)
        from = at + 1
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) this.#inString = false
      } else if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
        yield* this.#finish(chunk.subarray(from, at), byte)
        from = at + 1
      } else {
        if (byte > 0x20 && this.#isBlank) this.#elementLine = this.#line
        if (byte > 0x20) this.#isBlank = false
        if (byte === QUOTE) this.#inString = true
        else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++
        else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--
      }
    }
    if (this.#place === 'inside') this.#keep(chunk.subarray(from))
  }

  #isBlank = true

  end(): void {
    if (this.#place === 'before') throw this.#fault('it is no array')
    if (this.#place === 'inside') throw this.#fault('the array does not end; was the file cut off?')
  }

  #outside(byte: number, chunk: Buffer, at: number): void {
    const blank = byte <= 0x20 || (this.#line === 1 && at < 3 && [0xef, 0xbb, 0xbf].includes(byte))
    if (blank) return
    if (this.#place === 'before' && byte === OPEN_BRACKET) this.#place = 'inside'
    else if (this.#place === 'before') throw this.#fault('it does not begin with "["')
    else
      throw this.#fault(
        `something follows the end of the array: ${JSON.stringify(String.fromCharCode(chunk[at]!))}`,
      )
  }

  *#finish(last: Buffer, byte: number): Generator<Element> {
    this.#keep(last)
    const text = Buffer.concat(this.#open).toString('utf8').trim()
    this.#open = []
    this.#openBytes = 0
    this.#isBlank = true
    const closes = byte === CLOSE_BRACKET
    if (closes) this.#place = 'after'
    if (text === '') {
      if (closes && this.#elements === 0 && this.#expectsElement) return
      throw this.#fault('a comma has no element beside it')
    }
    this.#elements++
    this.#expectsElement = !closes
    yield { line: this.#elementLine, text }
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#open.push(Buffer.from(bytes))
    this.#openBytes += bytes.length
    if (this.#openBytes > MAX_ELEMENT_BYTES) throw this.#fault('an element is longer than 1 MiB')
  }

  #fault(what: string): Error {
    return createInputError(
      'json_malformed',
      `${this.#name}, line ${this.#line}: ${what}. Nothing was sent.`,
      'it must be one JSON array of objects, or NDJSON: one object a line',
    )
  }
}
