import { REJECT_COLUMNS } from './column-map.js'
import { encodeText } from './encoding.js'
import type { InputRow, InputShape, TableShape } from './input-row.js'
import type { Rejection } from './rejection.js'
import { disarmCell } from './spreadsheet-formula.js'

/** The beginning of a rejects file. JSON never gets a byte order mark unless its encoding needs one. */
export function formatRejectsStart(shape: InputShape, byteOrderMark: boolean): Buffer {
  const mark = byteOrderMark && (shape.format === 'csv' || shape.encoding === 'utf-16le') ? '\ufeff' : ''
  if (shape.format !== 'csv') return encodeText(mark + (shape.format === 'json' ? '[\n' : ''), shape.encoding)
  return encodeText(mark + formatRecord([...shape.columns, ...REJECT_COLUMNS], shape), shape.encoding)
}

/**
 * One row of a rejects file. A cell that a spreadsheet would run as a formula gets an apostrophe, which is taken off when
 * the file comes back.
 */
export function formatReject(
  shape: InputShape,
  { line, original }: InputRow,
  { code, detail }: Rejection,
  isFirst: boolean,
): Buffer {
  if (shape.format !== 'csv') {
    const members = typeof original === 'string' ? { _raw: original } : original
    const text = JSON.stringify({ ...members, _line: line, _code: code, _detail: detail })
    const whole = shape.format === 'ndjson' ? `${text}\n` : `${isFirst ? '' : ',\n'}${text}`
    return encodeText(whole, shape.encoding)
  }
  const cells = original as readonly string[]
  const width = shape.columns.length
  const own = shape.columns.map((_, index) => cells[index] ?? '')
  const record = [...own, String(line), code, detail, ...cells.slice(width)].map(disarmCell)
  return encodeText(formatRecord(record, shape), shape.encoding)
}

/** The end of a rejects file. */
export function formatRejectsEnd(shape: InputShape): Buffer {
  return encodeText(shape.format === 'json' ? '\n]\n' : '', shape.encoding)
}

function formatRecord(
  cells: readonly string[],
  { delimiter, lineEnd }: Pick<TableShape, 'delimiter' | 'lineEnd'>,
): string {
  const quoted = cells.map(cell =>
    cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  )
  return `${quoted.join(delimiter)}${lineEnd}`
}
