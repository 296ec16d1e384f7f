import type { ColumnNames } from './column-map.js'
import type { Encoding } from './encoding.js'
import { createInputError } from './input-error.js'
import type { InputRow, OpenedRows } from './input-row.js'
import { createJsonRowReader } from './json-rows.js'

const MAX_LINE_BYTES = 1024 * 1024
const LINE_FEED = 10

/**
 * Opens NDJSON: one JSON object a line, blank lines read over. A line that is no JSON object is a rejected row, but if the
 * very first one is not, the file is taken to be something else.
 *
 * @throws CliError `ndjson_malformed` (exit 6), also while reading, for a line of more than 1 MiB
 */
export async function openNdjson(
  name: string,
  chunks: AsyncIterable<Buffer>,
  encoding: Encoding,
  names: ColumnNames,
): Promise<OpenedRows> {
  const rows = readRows(name, chunks, names)
  const first = await rows.next()
  if (!first.done && first.value.fault?.code === 'json_invalid') {
    throw createInputError(
      'ndjson_malformed',
      `${name}, line ${first.value.line}: ${first.value.fault.detail} Nothing was sent.`,
      'NDJSON has one JSON object a line; for other files give --format csv or --format json',
    )
  }
  return { shape: { format: 'ndjson', encoding }, rows: prepend(first, rows) }
}

async function* prepend(
  first: IteratorResult<InputRow>,
  rows: AsyncIterable<InputRow>,
): AsyncGenerator<InputRow> {
  if (first.done) return
  yield first.value
  yield* rows
}

async function* readRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  names: ColumnNames,
): AsyncGenerator<InputRow> {
  const createRow = createJsonRowReader(names)
  for await (const { line, text } of readLines(name, chunks)) {
    if (text.trim() === '') continue
    yield createRow(line, text)
  }
}

async function* readLines(
  name: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  let open: Buffer = Buffer.alloc(0)
  let line = 1
  for await (const chunk of chunks) {
    let bytes = open.length === 0 ? chunk : Buffer.concat([open, chunk])
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED)) {
      yield { line, text: toText(bytes.subarray(0, end), line) }
      line++
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > MAX_LINE_BYTES) {
      throw createInputError(
        'ndjson_malformed',
        `${name}, line ${line} is longer than 1 MiB. Nothing was sent.`,
        'NDJSON has one JSON object a line; for a JSON array give --format json',
      )
    }
    open = Buffer.from(bytes)
  }
  if (open.length > 0) yield { line, text: toText(open, line) }
}

function toText(bytes: Buffer, line: number): string {
  const text = bytes.toString('utf8')
  return line === 1 && text.startsWith('\ufeff') ? text.slice(1) : text
}
