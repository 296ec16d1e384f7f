import { type FileHandle, open } from 'node:fs/promises'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'

/** What became of one row, as the journal keeps it. */
export interface RowRecord {
  readonly type: 'row'
  /** Position in the input, from 0. */
  readonly row: number
  readonly line: number
  readonly result: 'accepted' | 'rejected' | 'duplicate'
  readonly orderId?: string | undefined
  readonly eventId?: string | undefined
  readonly effect?: string | undefined
  readonly replayed?: boolean | undefined
  readonly code?: string | undefined
  readonly detail?: string | undefined
  /** Found out here, without the platform: decided anew each time. */
  readonly local?: true | undefined
}

/** Takes records down for good. */
export interface Journal {
  /** Takes a record; it is on the disk some milliseconds later, together with others. */
  append(record: object): void
  /** Waits until everything that was taken is on the disk. @throws CliError `journal_unwritable` (exit 10) */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a journal to add to it: one JSON object a line. A line that the last run left torn is cut off.
 *
 * Records are written and synced in groups, as many as came while the disk was busy. So at a crash the last ones may be
 * missing: those rows are sent once more, with the same ids, and the platform answers that it knows them.
 *
 * @param onFailure told at once when the disk refuses: nothing more must be sent
 * @throws the system's error when it cannot be opened
 */
export async function openJournal(path: string, onFailure: (failure: CliError) => void): Promise<Journal> {
  const file = await open(path, 'a+', 0o600)
  await cutTornLine(file)
  let waiting: string[] = []
  let writing: Promise<void> | undefined
  let failure: CliError | undefined
  const writeAll = async (): Promise<void> => {
    try {
      while (waiting.length > 0 && failure === undefined) {
        const lines = waiting
        waiting = []
        await writeWhole(file, Buffer.from(lines.join('')))
        await file.datasync()
      }
    } catch (error) {
      failure = createJournalError(path, error)
      onFailure(failure)
    } finally {
      writing = undefined
    }
  }
  return {
    append: record => {
      waiting.push(`${JSON.stringify(record)}\n`)
      // In the next turn, so that the records of one batch go together.
      writing ??= new Promise<void>(resolve => setImmediate(resolve)).then(writeAll)
    },
    flush: async () => {
      while (writing !== undefined) await writing
      if (failure !== undefined) throw failure
    },
    close: async () => {
      while (writing !== undefined) await writing
      await file.close()
    },
  }
}

export function createJournalError(path: string, cause: unknown): CliError {
  const fault = systemErrorCode(cause) ?? 'unknown error'
  const why = fault === 'ENOSPC' ? 'the disk is full' : fault
  return new CliError(
    'journal_unwritable',
    EXIT.environment,
    `The journal of the run cannot be written to ${path} (${why}).`,
    {
      next: 'free some space, or set PARTNER_STATE_DIR to a folder you can write to; then run the same command again',
      cause,
    },
  )
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten
  }
}

const TAIL_BYTES = 64 * 1024
const LINE_FEED = 10

async function cutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
  await file.read(tail, 0, tail.length, size - tail.length)
  if (size === 0 || tail.at(-1) === LINE_FEED) return
  const lastEnd = tail.lastIndexOf(LINE_FEED)
  await file.truncate(size - tail.length + lastEnd + 1)
}
