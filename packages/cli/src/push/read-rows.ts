import { createInputError } from './input-error.js'
import type { OpenedRows } from './input-row.js'
import { requireUtf8 } from './utf8.js'

/** `auto` looks at the file name, then at the first character: `{` means NDJSON. */
export type InputFormat = 'auto' | 'csv' | 'ndjson'

/** Enough for any header line. */
const HEAD_BYTES = 64 * 1024

/**
 * Opens the rows of an input, whatever its format. Reads as far as the header; the rest is read as rows are taken, so
 * that memory does not grow with the file.
 *
 * @param name as the user gave it, for messages
 * @throws CliError `file_empty`, `encoding_invalid`, `header_invalid`, `csv_malformed`, `ndjson_malformed` (exit 6)
 */
export async function openRows(
  name: string,
  chunks: AsyncIterable<Buffer>,
  format: InputFormat = 'auto',
): Promise<OpenedRows> {
  if (/\.xlsx?$/i.test(name)) {
    throw createInputError(
      'format_unknown',
      `${name} is a workbook, not CSV or NDJSON. Nothing was sent.`,
      'save the sheet as "CSV UTF-8" and push that file',
    )
  }
  const { head, all } = await peek(requireUtf8(chunks, name))
  const start = head
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()
  if (start === '') {
    throw createInputError('file_empty', `${name} is empty. Nothing was sent.`, 'check how the file was made')
  }
  const chosen = format === 'auto' ? guessFormat(name, start) : format
  return chosen === 'ndjson'
    ? (await import('./read-ndjson.js')).openNdjson(name, all)
    : (await import('./read-csv.js')).openCsv(name, head, all)
}

function guessFormat(name: string, start: string): 'csv' | 'ndjson' {
  if (/\.(ndjson|jsonl)$/i.test(name)) return 'ndjson'
  if (/\.(csv|tsv|txt)$/i.test(name)) return 'csv'
  return start.startsWith('{') ? 'ndjson' : 'csv'
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
