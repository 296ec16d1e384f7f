import type { ColumnNames } from './column-map.js'
import { decodeText } from './decode-text.js'
import type { Encoding } from './encoding.js'
import { createInputError } from './input-error.js'
import type { OpenedRows } from './input-row.js'

/** `auto` looks at the file name, then at the first character: `{` means NDJSON, `[` a JSON array. */
export type InputFormat = 'auto' | 'csv' | 'tsv' | 'ndjson' | 'json' | 'xlsx'

/** How an input is to be read. */
export interface ReadSettings {
  readonly format?: InputFormat | undefined
  /** Default: UTF-8. */
  readonly encoding?: Encoding | undefined
  /** One character. Default: found in the header. */
  readonly delimiter?: string | undefined
  /** Name or number (from 1) of the sheet of a workbook. Default: the first. */
  readonly sheet?: string | undefined
  readonly columns?: ColumnNames | undefined
}

/** Enough for any header line. */
const HEAD_BYTES = 64 * 1024

/**
 * Opens the rows of an input, whatever its format. Reads as far as the header; the rest is read as rows are taken, so
 * that memory does not grow with the file (but for a workbook, which cannot be read in pieces).
 *
 * @param name as the user gave it, for messages
 * @throws CliError `file_empty`, `encoding_invalid`, `header_invalid`, `csv_malformed`, `ndjson_malformed`,
 * `json_malformed`, `workbook_invalid`, `format_unknown` (exit 6), `workbook_unsupported` (exit 2)
 */
export async function openRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  settings: ReadSettings = {},
): Promise<OpenedRows> {
  const { format = 'auto', encoding = 'utf-8', delimiter, sheet, columns = new Map() } = settings
  if (format === 'xlsx' || (format === 'auto' && isWorkbook(name)))
    return (await import('./read-xlsx.js')).openXlsx(name, chunks, sheet, columns)
  const { head, all } = await peek(decodeText(chunks, encoding, name))
  const start = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
  if (start === '') {
    throw createInputError('file_empty', `${name} is empty. Nothing was sent.`, 'check how the file was made')
  }
  switch (format === 'auto' ? guessFormat(name, start) : format) {
    case 'ndjson':
      return (await import('./read-ndjson.js')).openNdjson(name, all, encoding, columns)
    case 'json':
      return (await import('./read-json-array.js')).openJsonArray(name, all, encoding, columns)
    case 'tsv':
      return (await import('./read-csv.js')).openCsv(name, head, all, {
        encoding,
        delimiter: delimiter ?? '\t',
        columns,
      })
    case 'csv':
      return (await import('./read-csv.js')).openCsv(name, head, all, { encoding, delimiter, columns })
  }
}

/** Whether `auto` takes the file for a workbook, whose bytes are no text. */
export function isWorkbook(name: string): boolean {
  if (!/\.xls[a-z]?$/i.test(name)) return false
  if (/\.xls[xm]$/i.test(name)) return true
  throw createInputError(
    'format_unknown',
    `${name} is a workbook of the old format, which cannot be read. Nothing was sent.`,
    'save it as .xlsx or as "CSV UTF-8" and push that file',
  )
}

function guessFormat(name: string, start: string): 'csv' | 'tsv' | 'ndjson' | 'json' {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson'
  if (/\.tsv$/i.test(name)) return 'tsv'
  if (/\.(csv|txt)$/i.test(name)) return 'csv'
  return start.startsWith('{') ? 'ndjson' : start.startsWith('[') ? 'json' : 'csv'
}

async function peek(chunks: AsyncGenerator<Buffer>): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const taken: Buffer[] = []
  let size = 0
  while (size < HEAD_BYTES) {
    const { done, value } = await chunks.next()
    if (done) break
    taken.push(value)
    size += value.length
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* taken.splice(0)
    yield* chunks
  }
  return { head: Buffer.concat(taken), all: all() }
}
