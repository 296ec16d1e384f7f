import type { Writable } from 'node:stream'
import type { AuditSink } from './audit-sink.js'
import { createNdjsonFileSink, type NdjsonFileOptions, type NdjsonFileSink } from './ndjson-file-sink.js'

/**
 * Appends one JSON object a line to a file (made with mode 0600), or writes it to a stream. A line is printable ASCII,
 * so no value can start a line or move a terminal's cursor.
 *
 * A file that cannot be written is tried again after a second, a stream that has failed never recovers. A full stream
 * makes the writer wait until it has drained.
 *
 * @example
 * ```ts
 * import { createNdjsonSink } from '@countersign/server-verify'
 *
 * const sink = createNdjsonSink('audit.ndjson', { durability: 'written', reopenOn: 'SIGHUP' })
 * await sink.close()
 * ```
 */
export function createNdjsonSink(file: string, options?: NdjsonFileOptions): NdjsonFileSink
export function createNdjsonSink(stream: Writable): AuditSink
export function createNdjsonSink(destination: Writable | string, options?: NdjsonFileOptions): AuditSink {
  return typeof destination === 'string'
    ? createNdjsonFileSink(destination, options)
    : createStreamSink(destination)
}

function createStreamSink(stream: Writable): AuditSink {
  let failure: Error | undefined
  let drained: Promise<void> | undefined
  stream.on('error', (error: Error) => {
    failure = error
  })
  return {
    write(_entry, line, durable) {
      if (failure !== undefined) throw failure
      if (!stream.writable) throw new Error('The audit stream is closed.')
      if (durable) return writeAndWait(stream, `${line}\n`)
      if (stream.write(`${line}\n`)) return
      drained ??= waitForDrain(stream).finally(() => {
        drained = undefined
      })
      return drained
    },
    // The stream is somebody else's: it is not ended.
    close: () => drained ?? Promise.resolve(),
  }
}

// A stream cannot be synced; that it has passed the line on is the most it tells.
function writeAndWait(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => (error == null ? resolve() : reject(error)))
  })
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
