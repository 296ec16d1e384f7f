import { createHash } from 'node:crypto'
import { type Encoding, type EncodingChoice, EncodingDetector } from './encoding.js'
import type { InputFile } from './input-file.js'

/** What the bytes of an input are, whatever stands in them. */
export interface Inspection {
  /** Of the bytes, lower-case hex. */
  readonly sha256: string
  readonly encoding: Encoding
  /** The rejects file needs a byte order mark: without one a spreadsheet would read it wrongly. */
  readonly needsMark: boolean
}

/**
 * Reads an input once for its hash and its encoding.
 *
 * @throws CliError `file_unreadable` (exit 6), or the reason of `signal`
 */
export async function inspectInput(
  input: InputFile,
  choice: EncodingChoice,
  signal: AbortSignal,
): Promise<Inspection> {
  const hash = createHash('sha256')
  const detector = new EncodingDetector()
  for await (const chunk of input.chunks()) {
    signal.throwIfAborted()
    hash.update(chunk)
    detector.add(chunk)
  }
  const found = detector.result()
  const encoding = choice === 'auto' ? found.encoding : choice
  const needsMark = encoding === 'utf-16le' || (encoding === 'utf-8' && !found.ascii)
  return { sha256: hash.digest('hex'), encoding, needsMark }
}
