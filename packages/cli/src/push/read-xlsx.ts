import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import type { ColumnNames } from './column-map.js'
import { createInputError } from './input-error.js'
import type { InputRow, OpenedRows } from './input-row.js'
import { openTable, type Table, type TableRecord } from './table-rows.js'

const MAX_BYTES = 64 * 1024 * 1024
const SECOND = 1000
/** What the day fractions of a workbook may be off by. */
const ROUNDING_MS = 5

/**
 * Opens a workbook. Numbers are taken as they stand in the file, so that `1.23E+15` shows; dates become wall-clock time
 * without an offset. Its rejects are written as CSV.
 *
 * @param sheet name or number from 1
 * @throws CliError `workbook_unsupported` (exit 2): the optional package is not installed; `workbook_invalid`,
 * `header_invalid`, `file_empty` (exit 6)
 */
export async function openXlsx(
  name: string,
  chunks: AsyncIterable<Buffer>,
  sheet: string | undefined,
  names: ColumnNames,
): Promise<OpenedRows> {
  const [header, ...records] = await readRecords(name, chunks, sheet)
  if (header === undefined) {
    throw createInputError(
      'file_empty',
      `${name} has no rows. Nothing was sent.`,
      'check which sheet it is in: --sheet NAME',
    )
  }
  const table = openTable(name, header, names)
  return {
    shape: { format: 'csv', columns: table.columns, delimiter: ';', lineEnd: '\r\n', encoding: 'utf-8' },
    rows: readRows(records, table),
  }
}

async function* readRows(records: readonly TableRecord[], table: Table): AsyncGenerator<InputRow> {
  for (const record of records) {
    const row = table.createRow(record)
    if (row !== undefined) yield row
  }
}

async function readRecords(
  name: string,
  chunks: AsyncIterable<Buffer>,
  sheet: string | undefined,
): Promise<TableRecord[]> {
  const { readSheet } = await loadReader(name)
  const bytes = await collect(name, chunks)
  let rows: readonly (readonly unknown[])[]
  try {
    const number = /^\d{1,4}$/.test(sheet ?? '') ? Number(sheet) : sheet
    rows = await readSheet(bytes, number ?? 1, { parseNumber: text => new NumberCell(text) })
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw createInputError(
      'workbook_invalid',
      `${name} cannot be read as a workbook: ${detail.replace(/\.$/, '')}. Nothing was sent.`,
      'save it again as .xlsx, or as "CSV UTF-8" and push that file',
      error,
    )
  }
  const records = rows.map((cells, index) => ({ line: index + 1, cells: cells.map(toText) }))
  const first = records.findIndex(({ cells }) => cells.some(cell => cell.trim() !== ''))
  return first === -1 ? [] : records.slice(first)
}

async function loadReader(name: string): Promise<Pick<typeof import('read-excel-file/node'), 'readSheet'>> {
  try {
    return await import('read-excel-file/node')
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new CliError(
      'workbook_unsupported',
      EXIT.usage,
      `${name} is a workbook, and the package that reads them is not installed.`,
      {
        next: 'npm install read-excel-file (with --global if partner-cli is), or save the sheet as "CSV UTF-8" and push that file',
        cause,
      },
    )
  }
}

async function collect(name: string, chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    size += chunk.length
    if (size > MAX_BYTES) {
      throw createInputError(
        'workbook_invalid',
        `${name} is larger than 64 MiB. Nothing was sent.`,
        'save the sheet as "CSV UTF-8" and push that file',
      )
    }
  }
  return Buffer.concat(parts)
}

/** The digits as the file has them; a JavaScript number would hide what the spreadsheet did to them. */
class NumberCell {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

function toText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  if (cell instanceof NumberCell) return cell.text
  if (cell instanceof Date) return formatWallClock(cell)
  return String(cell)
}

function formatWallClock(date: Date): string {
  const time = date.getTime()
  const second = Math.round(time / SECOND) * SECOND
  const rounded = new Date(Math.abs(second - time) <= ROUNDING_MS ? second : time)
  return rounded
    .toISOString()
    .replace(/(?:\.000)?Z$/, '')
    .replace('T', ' ')
}
