import type { Encoding } from './encoding.js'
import type { NameOfField } from './rejection.js'

/** Why a row cannot be an event; found before it is validated as one. */
export interface RowFault {
  /** Listed in `partner-cli help formats`. */
  readonly code: string
  readonly detail: string
}

/** One row of the input. */
export interface InputRow {
  /** Line of the file on which the row begins, the first being 1; row of the sheet in a workbook. */
  readonly line: number
  /** As it stood in the file, for the rejects file: cells of a CSV row, the object or the text of a JSON one. */
  readonly original: readonly string[] | Readonly<Record<string, unknown>> | string
  /** The event as far as it could be read; not yet validated. Absent when there is a fault. */
  readonly update?: Record<string, unknown> | undefined
  readonly fault?: RowFault | undefined
  /** Clocks showed the time of this row twice; the first one was taken. */
  readonly repeatedHour?: boolean | undefined
  /** What the rejects file said about the row that this one corrects. */
  readonly rejectedBefore?: RowFault | undefined
  /** How the file calls a field. Absent where it uses the API's own names. */
  readonly nameOf?: NameOfField | undefined
}

/** What the rejects file has to imitate. */
export type InputShape = TableShape | { readonly format: 'ndjson' | 'json'; readonly encoding: Encoding }

/** A table of cells. */
export interface TableShape {
  readonly format: 'csv'
  readonly columns: readonly string[]
  readonly delimiter: string
  readonly lineEnd: string
  readonly encoding: Encoding
}

/** An opened input: its shape is known, its rows are still to come. */
export interface OpenedRows {
  readonly shape: InputShape
  readonly rows: AsyncIterable<InputRow>
}
