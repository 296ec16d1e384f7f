import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import type { AuditSink } from './audit-log.js'

/**
 * Writes one JSON object a line to a stream, or appends to a file (made with mode 0600). Control characters and
 * everything outside ASCII are escaped, so that no value can start a line or move a terminal's cursor. When the
 * stream is full, `write` answers with a promise that resolves once it has drained; when it has failed, every write
 * throws.
 *
 * @example
 * ```ts
 * import { createNdjsonSink } from '@countersign/server-verify'
 *
 * const sink = createNdjsonSink('audit.ndjson')
 * await sink.close?.()
 * ```
 */
export function createNdjsonSink(destination: Writable | string): AuditSink {
  const owned = typeof destination === 'string'
  const stream: Writable = owned ? createWriteStream(destination, { flags: 'a', mode: 0o600 }) : destination
  let failure: Error | undefined
  let drained: Promise<void> | undefined
  stream.on('error', (error: Error) => {
    failure = error
  })
  return {
    write(entry) {
      if (failure !== undefined) throw failure
      if (stream.write(`${escapeLine(JSON.stringify(entry))}\n`)) return
      drained ??= waitForDrain(stream).finally(() => {
        drained = undefined
      })
      return drained
    },
    close() {
      if (!owned) return drained ?? Promise.resolve()
      return new Promise((resolve, reject) => {
        if (failure !== undefined) reject(failure)
        else stream.end(() => (failure === undefined ? resolve() : reject(failure)))
      })
    },
  }
}

function waitForDrain(stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      stream.off('drain', settle)
      stream.off('error', settle)
      stream.off('close', onClose)
      if (error === undefined) resolve()
      else reject(error)
    }
    const onClose = (): void => settle(new Error('The audit stream was closed before it took the record.'))
    stream.once('drain', settle)
    stream.once('error', settle)
    stream.once('close', onClose)
  })
}

// JSON.stringify escapes what lies below 0x20 only.
function escapeLine(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
