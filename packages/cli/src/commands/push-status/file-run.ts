import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { Connection } from '../../profile.js'
import type { FilePushOptions } from '../../push/file-push-options.js'
import type { InputShape } from '../../push/input-row.js'
import type { OpenRun } from '../../push/run-folder.js'
import { createRunId } from '../../push/run-id.js'
import { createTally, type PushSummary, type Tally } from '../../push/summary.js'

/** One push of a file, from the command line to its summary. */
export interface FileRun {
  readonly context: Context
  readonly options: FilePushOptions
  /** Of the attempt; a resumed run goes by the id of its first one. */
  runId: string
  readonly startedAt: Date
  readonly connection: Connection | undefined
  readonly tally: Tally
  /** What the file is called in messages; default: as the user named it. */
  readonly name?: string | undefined
  readonly retryOf?: string | undefined
  /** The file must still be the one of that hash. */
  readonly expectedSha256?: string | undefined
  /** Aborted by the user, by `--deadline`, and when the journal cannot be written. */
  readonly signal: AbortSignal
  /** Ends the sending because of that failure. */
  halt(failure: CliError): void
  file: PushSummary['file']
  rejectsFile: string | null
  /** Of the rejects file. */
  format: InputShape['format'] | undefined
  opened: OpenRun | undefined
}

/** What a caller other than `push-status` says about a run. */
export type FileRunFacts = Pick<FileRun, 'name' | 'retryOf' | 'expectedSha256'>

export async function createFileRun(
  context: Context,
  options: FilePushOptions,
  facts: FileRunFacts = {},
): Promise<FileRun & { end(): void }> {
  const startedAt = context.now()
  const connection = await findConnection(context, options.dryRun)
  const stop = new AbortController()
  const timer =
    options.deadlineMs === undefined
      ? undefined
      : setTimeout(() => stop.abort(createDeadlineError(options.deadlineMs!)), options.deadlineMs)
  return {
    context,
    options,
    ...facts,
    runId: createRunId(startedAt),
    startedAt,
    connection,
    tally: createTally(),
    signal: AbortSignal.any([context.signal, stop.signal]),
    halt: failure => stop.abort(failure),
    file: undefined,
    rejectsFile: null,
    format: undefined,
    opened: undefined,
    end: () => clearTimeout(timer),
  }
}

/** How a push ended. */
export interface FileOutcome {
  readonly exitCode: ExitCode
  readonly summary: PushSummary
  readonly tally: Tally
  readonly seconds: number
  readonly failure: CliError | undefined
  /** False when it ended before the first row could have been sent. */
  readonly wasSending: boolean
  /** Of the rejects file; undefined when the file could not be read. */
  readonly format: InputShape['format'] | undefined
}

/** A dry run needs no connection: without one, event ids are those of the default environment. */
async function findConnection(context: Context, dryRun: boolean): Promise<Connection | undefined> {
  try {
    return await context.connection()
  } catch (error) {
    if (dryRun && error instanceof CliError && /^(base_url|key_id)_missing$/.test(error.code))
      return undefined
    throw error
  }
}

function createDeadlineError(deadlineMs: number): CliError {
  return new CliError(
    'deadline_reached',
    EXIT.temporary,
    `The run did not end within ${deadlineMs / 1000} s (--deadline).`,
    { next: 'run the same command again: it goes on where this one ended' },
  )
}
