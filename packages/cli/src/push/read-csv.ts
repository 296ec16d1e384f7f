import { pipeline, Readable } from 'node:stream'
import { CsvError, type Options, Parser } from 'csv-parse'
import { createColumnMap, createUpdate, fieldOfColumn, isRejectColumn } from './column-map.js'
import { createInputError } from './input-error.js'
import type { InputRow, OpenedRows, RowFault } from './input-row.js'
import type { NameOfField } from './rejection.js'

/** A longer record is a quote that was never closed. Keeps memory flat too. */
const MAX_RECORD_CHARACTERS = 1024 * 1024
const DELIMITERS = [',', ';', '\t', '|']
const LINE_BREAK = /\r\n|\n|\r/g

/**
 * Opens CSV: UTF-8 with or without byte order mark, any line end, quoted fields over several lines. The delimiter is the
 * one of `,` `;` tab `|` that makes the most of the header known.
 *
 * @param head the beginning of the file, long enough for its first line
 * @throws CliError `header_invalid`; while reading also `csv_malformed` (exit 6)
 */
export async function openCsv(
  name: string,
  head: Buffer,
  chunks: AsyncIterable<Buffer>,
): Promise<OpenedRows> {
  const text = head.toString('utf8')
  const byteOrderMark = text.startsWith('\ufeff')
  const firstLine = /^[^\r\n]*/.exec(byteOrderMark ? text.slice(1) : text)![0]
  const delimiter = findDelimiter(firstLine)
  const records = readRecords(name, delimiter, chunks)
  const header = (await records.next()).value
  if (header === undefined) throw createInputError('file_empty', `${name} is empty.`, 'check how it was made')
  const map = createColumnMap(name, header.cells)
  const keep = [...header.cells.keys()].filter(index => !isRejectColumn(header.cells[index]!))
  const columns = keep.map(index => header.cells[index]!)
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n'
  return {
    shape: { format: 'csv', columns, delimiter, lineEnd, byteOrderMark },
    rows: readRows(records, map, keep, header.cells),
  }
}

async function* readRows(
  records: AsyncIterable<CsvRecord>,
  map: ReturnType<typeof createColumnMap>,
  keep: readonly number[],
  header: readonly string[],
): AsyncGenerator<InputRow> {
  const width = header.length
  const columns = new Map(map.map((field, index) => [field as string, header[index]!]))
  const nameOf: NameOfField = path => columns.get(path.at(-1) ?? '') ?? path.join('.')
  for await (const { line, cells } of records) {
    if (cells.every(cell => cell.trim() === '')) continue
    const fault = findWidthFault(cells.length, width)
    // Surplus cells stay behind the known ones: nothing of the partner's row is lost.
    const original = [...keep.map(index => cells[index] ?? ''), ...cells.slice(width)]
    yield fault === undefined
      ? { line, original, update: createUpdate(map, cells), nameOf }
      : { line, original, fault }
  }
}

function findWidthFault(actual: number, expected: number): RowFault | undefined {
  if (actual === expected) return undefined
  const detail = `The row has ${actual} cells, the header ${expected}.`
  return actual > expected
    ? { code: 'extra_cells', detail: `${detail} Put a cell that holds the delimiter in double quotes.` }
    : { code: 'missing_cells', detail: `${detail} Was the line cut off?` }
}

interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

async function* readRecords(
  name: string,
  delimiter: string,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<CsvRecord> {
  let lastLine = 0
  // csv-parse counts a CRLF inside a quoted field as two lines.
  let counted = 0
  // Called while parsing: when a later record is broken, the lines before it are known although nobody read them yet.
  const locate = (cells: string[], { lines }: { readonly lines: number }): CsvRecord => {
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
    yield* parser as AsyncIterable<CsvRecord>
  } catch (error) {
    throw error instanceof CsvError ? createCsvError(name, error, lastLine) : error
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

function findDelimiter(firstLine: string): string {
  const [best] = DELIMITERS.map(delimiter => {
    const cells = firstLine.split(delimiter).map(cell => cell.replace(/^\s*"?|"?\s*$/g, ''))
    const known = cells.filter(cell => fieldOfColumn(cell) !== undefined || isRejectColumn(cell)).length
    return { delimiter, known, cells: cells.length }
  }).sort((a, b) => b.known - a.known || b.cells - a.cells)
  return best!.delimiter
}
