import { createHash } from 'node:crypto'
import type { InputFile } from './input-file.js'
import type { InputShape } from './input-row.js'
import { type InputFormat, openRows } from './read-rows.js'

/** What the first reading of an input found. */
export interface Scan {
  readonly shape: InputShape
  readonly rows: number
  /** Of the file's bytes, lower-case hex. */
  readonly sha256: string
}

/**
 * Reads an input to its end before anything is sent, so that a fault of the whole (an encoding, a quote that is never
 * closed) shows while "nothing was sent" is still true.
 *
 * @throws CliError as `openRows` (exit 6), or the reason of `signal`
 */
export async function scanInput(input: InputFile, format: InputFormat, signal: AbortSignal): Promise<Scan> {
  const hash = createHash('sha256')
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of input.chunks()) {
      signal.throwIfAborted()
      hash.update(chunk)
      yield chunk
    }
  }
  const { shape, rows } = await openRows(input.name, hashed(), format)
  let count = 0
  for await (const _ of rows) count++
  return { shape, rows: count, sha256: hash.digest('hex') }
}
