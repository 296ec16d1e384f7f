import type { NameOfField } from './rejection.js'

/** Why a row cannot be an event at all; found before it is looked at as one. */
export interface RowFault {
  readonly code: 'extra_cells' | 'missing_cells' | 'json_invalid' | 'unknown_field'
  readonly detail: string
}

/** One row of the input. */
export interface InputRow {
  /** Line of the file on which the row begins, the first being 1. */
  readonly line: number
  /** As it stood in the file, for the rejects file: cells of a CSV row, the object or the text of an NDJSON line. */
  readonly original: readonly string[] | Readonly<Record<string, unknown>> | string
  /** The event as far as it could be read; not yet validated. Absent when there is a fault. */
  readonly update?: Record<string, unknown> | undefined
  readonly fault?: RowFault | undefined
  /** How the file calls a field. Absent where it uses the API's own names. */
  readonly nameOf?: NameOfField | undefined
}

/** What the rejects file has to imitate. */
export type InputShape =
  | {
      readonly format: 'csv'
      readonly columns: readonly string[]
      readonly delimiter: string
      readonly lineEnd: string
      readonly byteOrderMark: boolean
    }
  | { readonly format: 'ndjson' }

/** An opened input: its shape is known, its rows are still to come. */
export interface OpenedRows {
  readonly shape: InputShape
  readonly rows: AsyncIterable<InputRow>
}
