import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Context } from '../../context.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.js'
import { writePrivateFile } from '../../private-file.js'
import { formatClosing } from '../../push/closing-table.js'
import { createJournalError } from '../../push/journal.js'
import { KEEP_MS, pruneRuns } from '../../push/prune-runs.js'
import { finishRun } from '../../push/run-folder.js'
import { countPending, createSummary, type PushSummary, type Tally } from '../../push/summary.js'
import { reportFailure } from '../../report.js'
import type { FileOutcome, FileRun } from './file-run.js'

/** Ends a run: its summary goes into its folder and to `--report`, and a run without pending rows is finished. */
export async function concludeRun(run: FileRun, failure: CliError | undefined): Promise<FileOutcome> {
  const { options, startedAt, context } = run
  let outcome = summarise(run, failure)
  try {
    await keepSummary(run, outcome.summary)
    if (options.report !== undefined) await writeReport(options.report, outcome.summary)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    outcome = summarise(run, failure ?? error)
  }
  return { ...outcome, seconds: (context.now().getTime() - startedAt.getTime()) / 1000 }
}

function summarise(run: FileRun, failure: CliError | undefined): FileOutcome {
  const {
    context,
    options,
    tally,
    connection,
    runId,
    startedAt,
    file,
    rejectsFile,
    opened,
    retryOf,
    format,
  } = run
  const exitCode = findExitCode(tally, failure, opened !== undefined)
  const summary = createSummary(tally, {
    runId,
    profile: connection?.profile ?? null,
    environment: connection?.environment ?? null,
    ...(file === undefined ? {} : { file }),
    dryRun: options.dryRun,
    startedAt: startedAt.toISOString(),
    finishedAt: context.now().toISOString(),
    resumed: opened?.earlier !== undefined,
    ...(retryOf === undefined ? {} : { retryOf }),
    rejectsFile,
    ...(failure === undefined ? {} : { error: describeFailure(failure) }),
    exitCode,
  })
  return { exitCode, summary, tally, seconds: 0, failure, wasSending: opened !== undefined, format }
}

async function keepSummary(run: FileRun, summary: PushSummary): Promise<void> {
  const { opened, context } = run
  if (opened === undefined) return
  try {
    opened.journal.append({
      type: 'end',
      at: summary.finishedAt,
      exitCode: summary.exitCode,
      pending: summary.pending,
    })
    await opened.journal.close()
    // Where `retry` looks, whatever folder it is called from.
    const rejectsFile = summary.rejectsFile === null ? null : resolve(summary.rejectsFile)
    await writePrivateFile(opened.folder.summary, `${JSON.stringify({ ...summary, rejectsFile })}\n`)
    // Of a file that changed, nobody knows any more which row was which: its rows are sent anew.
    if (summary.pending > 0 && summary.error?.code !== 'file_changed') return
    await finishRun(context.stateDirectory, opened)
  } catch (error) {
    throw createJournalError(opened.folder.summary, error)
  }
  const now = context.now()
  const old = { olderThanMs: KEEP_MS, unfinished: false, dryRun: false, now, limit: 50 }
  // Tidying up is no reason to fail.
  await pruneRuns(context.stateDirectory, old).catch(() => [])
}
async function writeReport(path: string, summary: PushSummary): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(summary, null, 2)}\n`)
  } catch (cause) {
    const fault = systemErrorCode(cause) ?? 'unknown error'
    throw new CliError(
      'report_unwritable',
      EXIT.environment,
      `The report ${path} cannot be written (${fault}).`,
      {
        next: 'check the folder given with --report',
        cause,
      },
    )
  }
}

/** Summary to standard output, failure to standard error. */
export async function showOutcome(
  context: Context,
  { exitCode, summary, tally, seconds, failure, wasSending }: FileOutcome,
): Promise<ExitCode> {
  const { output, flags, stdout, stderr, env } = context
  const human = output.mode === 'human'
  // Ended before anything was sent or found wrong: there is nothing to count.
  if (human && failure !== undefined && !wasSending && summary.rejected === 0) throw failure
  const columns = stdout.isTTY === true ? (stdout.columns ?? 80) : undefined
  const silent = human && flags.quiet === true && exitCode === EXIT.ok
  if (!silent) await output.result(summary, () => formatClosing({ summary, tally, seconds, columns }))
  if (failure !== undefined) {
    const color = flags.color !== false
    await reportFailure(failure, { stderr, env, json: !human, color, debug: flags.debug === true })
  }
  return exitCode
}

/** @param wasSending rows are pending for a reason; before that they only were not sent yet */
function findExitCode(tally: Tally, failure: CliError | undefined, wasSending: boolean): ExitCode {
  const codes: ExitCode[] = []
  if (failure !== undefined) codes.push(failure.exitCode)
  // To send the same rows again would not help.
  const isLimit = failure?.exitCode === EXIT.tooManyRejects
  if (wasSending && countPending(tally) > 0 && !isLimit) codes.push(EXIT.temporary)
  if (failure?.exitCode !== EXIT.input && tally.rejected > 0) codes.push(EXIT.rejected)
  return worstExitCode(codes)
}

function describeFailure({ code, message, next }: CliError): NonNullable<PushSummary['error']> {
  return next === undefined ? { code, message } : { code, message, next }
}
