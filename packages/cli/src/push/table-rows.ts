import {
  type ColumnNames,
  createColumnMap,
  createUpdate,
  type EventField,
  isRejectColumn,
  REJECT_COLUMNS,
} from './column-map.js'
import type { InputRow, RowFault } from './input-row.js'
import type { NameOfField } from './rejection.js'
import { revealCell } from './spreadsheet-formula.js'

/** One record of a table, and where it begins. */
export interface TableRecord {
  readonly line: number
  readonly cells: readonly string[]
}

/** What the header of a table makes of its records. */
export interface Table {
  /** The partner's own columns, without those of a rejects file. */
  readonly columns: readonly string[]
  /** Undefined for a record of empty cells only. */
  createRow(record: TableRecord): InputRow | undefined
}

/**
 * Reads the header of a table, be it text or a sheet.
 *
 * @throws CliError `header_invalid` (exit 6)
 */
export function openTable(name: string, header: TableRecord, names: ColumnNames): Table {
  const map = createColumnMap(name, header.cells, names, header.line)
  const width = header.cells.length
  const keep = [...header.cells.keys()].filter(index => !isRejectColumn(header.cells[index]!))
  const nameOf = createNameOf(map, header.cells)
  const [lineAt, codeAt, detailAt] = REJECT_COLUMNS.map(column =>
    header.cells.findIndex(cell => cell.trim() === column),
  ) as [number, number, number]
  const isRejects = lineAt !== -1 && codeAt !== -1 && detailAt !== -1
  return {
    columns: keep.map(index => header.cells[index]!),
    createRow({ line, cells: written }) {
      if (written.every(cell => cell.trim() === '')) return undefined
      const cells = isRejects ? written.map(revealCell) : written
      const fault = findWidthFault(cells.length, width)
      // Surplus cells stay behind the known ones: nothing of the partner's row is lost.
      const original = [...keep.map(index => cells[index] ?? ''), ...cells.slice(width)]
      if (fault !== undefined) return { line, original, fault }
      const row = { line, original, update: createUpdate(map, cells), nameOf }
      if (!isRejects) return row
      return { ...row, rejectedBefore: { code: cells[codeAt] ?? '', detail: cells[detailAt] ?? '' } }
    },
  }
}

function createNameOf(map: readonly (EventField | undefined)[], header: readonly string[]): NameOfField {
  const columns = new Map(map.map((field, index) => [field as string, header[index]!]))
  return path => columns.get(path.at(-1) ?? '') ?? path.join('.')
}

function findWidthFault(actual: number, expected: number): RowFault | undefined {
  if (actual === expected) return undefined
  const detail = `The row has ${actual} cells, the header ${expected}.`
  return actual > expected
    ? { code: 'extra_cells', detail: `${detail} Put a cell that holds the delimiter in double quotes.` }
    : { code: 'missing_cells', detail: `${detail} Was the line cut off?` }
}
