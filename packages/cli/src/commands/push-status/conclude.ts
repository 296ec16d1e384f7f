import type { Context } from '../../context.js'
import type { CliError } from '../../errors.js'
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.js'
import type { Connection } from '../../profile.js'
import { formatClosing } from '../../push/closing-table.js'
import { countPending, createSummary, type PushSummary, type Tally } from '../../push/summary.js'
import { reportFailure } from '../../report.js'
import type { FilePushOptions } from './command.js'

/** One run, from the file to its summary. */
export interface FileRun {
  readonly context: Context
  readonly options: FilePushOptions
  readonly runId: string
  readonly startedAt: Date
  readonly connection: Connection | undefined
  readonly tally: Tally
}

/** How a run ended; turned into the summary and the exit code. */
export interface Ending {
  readonly file?: { readonly name: string; readonly bytes: number; readonly sha256: string }
  readonly rejectsFile: string | null
  readonly failure?: CliError | undefined
}

/** Ends a run: summary to standard output, failure to standard error. */
export async function conclude(run: FileRun, { file, rejectsFile, failure }: Ending): Promise<ExitCode> {
  const { context, options, tally, connection, runId, startedAt } = run
  const finishedAt = context.now()
  const exitCode = findExitCode(tally, failure, options.dryRun)
  const error = failure === undefined ? {} : { error: describeFailure(failure) }
  const summary = createSummary(tally, {
    runId,
    profile: connection?.profile ?? null,
    environment: connection?.environment ?? null,
    ...(file === undefined ? {} : { file }),
    dryRun: options.dryRun,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    rejectsFile,
    ...error,
    exitCode,
  })
  const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000
  const columns = context.stdout.isTTY === true ? (context.stdout.columns ?? 80) : undefined
  const silent = context.output.mode === 'human' && context.flags.quiet === true && exitCode === EXIT.ok
  if (!silent) await context.output.result(summary, () => formatClosing({ summary, tally, seconds, columns }))
  if (failure !== undefined) {
    await reportFailure(failure, {
      stderr: context.stderr,
      env: context.env,
      json: context.output.mode !== 'human',
      color: context.flags.color !== false,
      debug: context.flags.debug === true,
    })
  }
  return exitCode
}

function findExitCode(tally: Tally, failure: CliError | undefined, dryRun: boolean): ExitCode {
  const codes: ExitCode[] = []
  if (failure !== undefined) codes.push(failure.exitCode)
  if (failure?.exitCode !== EXIT.input) {
    if (countPending(tally) > 0 && !dryRun) codes.push(EXIT.temporary)
    if (tally.rejected > 0) codes.push(EXIT.rejected)
  }
  return worstExitCode(codes)
}

function describeFailure({ code, message, next }: CliError): NonNullable<PushSummary['error']> {
  return next === undefined ? { code, message } : { code, message, next }
}
