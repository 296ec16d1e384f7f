import { createReadStream } from 'node:fs'

/** No record is as long: the longest holds a body of a few MiB as evidence. */
const MAX_LINE = 1 << 26

/**
 * Reads files one after the other, line by line; of a line over 64 MiB the rest is left out. One character per byte, so
 * that what is verified is what is there.
 *
 * @example
 * ```ts
 * import { readAuditLines } from '@countersign/server-verify'
 *
 * for await (const line of readAuditLines('audit.ndjson.1', 'audit.ndjson')) console.log(line.length)
 * ```
 */
export async function* readAuditLines(...files: readonly string[]): AsyncGenerator<string> {
  for (const file of files) {
    let rest = ''
    for await (const chunk of createReadStream(file, { encoding: 'latin1', highWaterMark: 1 << 18 })) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!.slice(0, MAX_LINE)
      yield* lines
    }
    // Without its newline: torn by a crash, or being written right now.
    if (rest !== '') yield rest
  }
}
