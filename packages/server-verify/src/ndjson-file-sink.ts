import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AuditSink } from './audit-sink.js'
import { LineBatches } from './line-batches.js'

/** How a file is written. */
export interface NdjsonFileOptions {
  /**
   * When a record counts as written. `buffered`: taken into memory (at most 64 KiB) and written at once without being
   * waited for, lost with the process. `written`: handed to the operating system, lost with the machine. `synced`: on
   * disk. Records with evidence of a signature, and checkpoints, are `synced` whatever is chosen. Default `buffered`.
   */
  readonly durability?: 'buffered' | 'written' | 'synced' | undefined
  /** Opens the file by its name again when this signal comes, for logrotate: `SIGHUP`. Default: none. */
  readonly reopenOn?: NodeJS.Signals | undefined
}

/** A sink that appends to a file. */
export interface NdjsonFileSink extends AuditSink {
  /** Opens the file by its name again, after it was renamed. What was handed over before goes to the old one. */
  reopen(): Promise<void>
  close(): Promise<void>
}

const BUFFER = 65_536
const RETRY_MS = 1000

export function createNdjsonFileSink(path: string, options: NdjsonFileOptions = {}): NdjsonFileSink {
  const { durability = 'buffered', reopenOn } = options
  const file = new AppendedFile(path)
  const batches = new LineBatches({
    write: (lines, durable) => file.append(lines, durable || durability === 'synced'),
    buffer: durability === 'buffered' ? BUFFER : 0,
    maxLines: 1024,
    retryMs: RETRY_MS,
  })
  const reopen = (): Promise<void> => {
    file.reopen()
    return batches.settled()
  }
  // A file that cannot be opened again shows itself at the next record, by the policy of the log.
  const onSignal = (): void => void reopen().catch(() => undefined)
  if (reopenOn !== undefined) process.on(reopenOn, onSignal)
  let closed = false
  return {
    write(_entry, line, durable) {
      if (closed) throw new Error('The audit file is closed.')
      return batches.add(line, durable)
    },
    reopen,
    async close() {
      closed = true
      if (reopenOn !== undefined) process.off(reopenOn, onSignal)
      try {
        await batches.settled()
      } finally {
        await file.close()
      }
    },
  }
}

class AppendedFile {
  readonly #path: string
  #handle: FileHandle | undefined
  #isRegular = false
  #prefix = ''
  #stale = false

  constructor(path: string) {
    this.#path = path
  }

  reopen(): void {
    this.#stale = true
  }

  async append(lines: readonly string[], sync: boolean): Promise<void> {
    if (this.#stale) {
      this.#stale = false
      await this.close()
    }
    try {
      const handle = (this.#handle ??= await this.#open())
      // One write for the batch: with O_APPEND it stays in one piece among those of other processes.
      await handle.appendFile(`${this.#prefix}${lines.join('\n')}\n`, 'latin1')
      this.#prefix = ''
      if (sync && this.#isRegular) await handle.datasync()
    } catch (error) {
      // Half a line may stand there now; the next `open` looks.
      await this.close().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, 'a+', 0o600)
    try {
      const stat = await handle.stat()
      this.#isRegular = stat.isFile()
      this.#prefix = ''
      if (this.#isRegular && stat.size > 0) {
        const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, stat.size - 1)
        // Else a line that a crash or a full disk has torn would swallow the next one.
        if (buffer[0] !== 0x0a) this.#prefix = '\n'
      } else if (this.#isRegular) await syncFolder(dirname(this.#path))
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }
}

// So that a new file's name, too, outlives a power cut. Not every file system can.
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {}
}
