import { CliError } from '../errors.js'
import { EXIT } from '../exit-code.js'

/**
 * The input is wrong as a whole: exit 6, nothing was sent.
 *
 * @param code `file_unreadable`, `file_empty`, `encoding_invalid`, `header_invalid`, `csv_malformed`, `ndjson_malformed`
 */
export function createInputError(code: string, message: string, next: string, cause?: unknown): CliError {
  return new CliError(code, EXIT.input, message, { next, cause })
}
