import { pipeline, Readable } from 'node:stream'
import { CsvError, type Options, Parser } from 'csv-parse'
import { type ColumnNames, createFieldFinder, isRejectColumn } from './column-map.js'
import type { Encoding } from './encoding.js'
import { createInputError } from './input-error.js'
import type { InputRow, OpenedRows } from './input-row.js'
import { openTable, type Table, type TableRecord } from './table-rows.js'

/** A longer record is a quote that was never closed. Keeps memory flat too. */
const MAX_RECORD_CHARACTERS = 1024 * 1024
const DELIMITERS = [',', ';', '\t', '|']
const LINE_BREAK = /\r\n|\n|\r/g
/** Spreadsheets write it before the header to name the delimiter. */
const SEPARATOR_LINE = /^(?:\ufeff)?sep=(.)(\r\n|\n|\r)/

/** How the text is cut. */
export interface CsvSettings {
  readonly encoding: Encoding
  readonly delimiter: string | undefined
  readonly columns: ColumnNames
}

/**
 * Opens CSV: with or without byte order mark, any line end, quoted fields over several lines. Unless it is given or a
 * line `sep=;` names it, the delimiter is the one of `,` `;` tab `|` that makes the most of the header known.
 *
 * @param head the beginning of the file, long enough for its first line
 * @throws CliError `header_invalid`; while reading also `csv_malformed` (exit 6)
 */
export async function openCsv(
  name: string,
  head: Buffer,
  chunks: AsyncIterable<Buffer>,
  { encoding, delimiter: given, columns: names }: CsvSettings,
): Promise<OpenedRows> {
  const text = head.toString('utf8')
  const named = SEPARATOR_LINE.exec(text)
  const skipped = named === null ? 0 : 1
  const body = text.slice(named?.[0].length ?? (text.startsWith('\ufeff') ? 1 : 0))
  const firstLine = /^[^\r\n]*/.exec(body)![0]
  const delimiter = given ?? named?.[1] ?? findDelimiter(firstLine, names)
  const rest = named === null ? chunks : skipBytes(chunks, Buffer.byteLength(named[0]))
  const records = readRecords(name, delimiter, rest, skipped)
  const header = (await records.next()).value
  if (header === undefined) throw createInputError('file_empty', `${name} is empty.`, 'check how it was made')
  const table = openTable(name, header, names)
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  return {
    shape: { format: 'csv', columns: table.columns, delimiter, lineEnd, encoding },
    rows: readRows(records, table),
  }
}

async function* readRows(records: AsyncIterable<TableRecord>, table: Table): AsyncGenerator<InputRow> {
  for await (const record of records) {
    const row = table.createRow(record)
    if (row !== undefined) yield row
  }
}

async function* readRecords(
  name: string,
  delimiter: string,
  chunks: AsyncIterable<Buffer>,
  skipped: number,
): AsyncGenerator<TableRecord> {
  let lastLine = 0
  // csv-parse counts a CRLF inside a quoted field as two lines.
  let counted = -skipped
  // Called while parsing: when a later record is broken, the lines before it are known although nobody read them yet.
  const locate = (cells: string[], { lines }: { readonly lines: number }): TableRecord => {
    let breaks = 0
    for (const cell of cells) {
      if (!/[\r\n]/.test(cell)) continue
      for (const [lineBreak] of cell.matchAll(LINE_BREAK)) {
        breaks++
        if (lineBreak.length === 2) counted++
      }
    }
    lastLine = lines - counted
    return { line: lastLine - breaks, cells }
  }
  const parser = new Parser({
    bom: true,
    delimiter,
    max_record_size: MAX_RECORD_CHARACTERS,
    on_record: locate as unknown as NonNullable<Options['on_record']>,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
  pipeline(Readable.from(chunks), parser, () => {})
  try {
    yield* parser as AsyncIterable<TableRecord>
  } catch (error) {
    throw error instanceof CsvError ? createCsvError(name, error, lastLine) : error
  }
}

async function* skipBytes(chunks: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count
  for await (const chunk of chunks) {
    const skip = Math.min(left, chunk.length)
    left -= skip
    if (skip < chunk.length) yield chunk.subarray(skip)
  }
}

function createCsvError(name: string, error: CsvError, lastLine: number): Error {
  const where = `${name}, after line ${lastLine}`
  const unclosed = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
  return createInputError(
    'csv_malformed',
    unclosed
      ? `${where}: a double quote opens a cell and is never closed. Nothing was sent.`
      : `${where}: ${error.message}. Nothing was sent.`,
    'correct that line, then run the same command again',
    error,
  )
}

function findDelimiter(firstLine: string, names: ColumnNames): string {
  const fieldOf = createFieldFinder(names)
  const [best] = DELIMITERS.map(delimiter => {
    const cells = firstLine.split(delimiter).map(cell => cell.replace(/^\s*"?|"?\s*$/g, ''))
    const known = cells.filter(cell => fieldOf(cell) !== undefined || isRejectColumn(cell)).length
    return { delimiter, known, cells: cells.length }
  }).sort((a, b) => b.known - a.known || b.cells - a.cells)
  return best!.delimiter
}
