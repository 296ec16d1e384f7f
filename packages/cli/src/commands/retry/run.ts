import { existsSync } from 'node:fs'
import { type Context, createContext } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { FilePushOptions, ReadingOptions } from '../../push/file-push-options.js'
import { findRun, type StoredRun } from '../../push/find-run.js'
import type { ReadingRecord, RunRecord } from '../../push/run-record.js'
import { runFilePush } from '../push-status/run-file.js'
import type { RetryOptions } from './command.js'

/** `retry [RUN|last]`: goes on with a run that has pending rows, else pushes its rejects file. */
export async function runRetry(
  context: Context,
  { run: reference, sending }: RetryOptions,
): Promise<ExitCode> {
  const run = await findRun(context.stateDirectory, reference)
  const { record, folder } = run
  // The profile of the run, unless another one is named.
  const own = createContext(context, {
    ...context.flags,
    profile: context.flags.profile ?? record.profile ?? undefined,
  })
  try {
    if (!sending.dryRun) await requireSamePlatform(own, record)
    const corrected = sending.rejects ?? findRejects(run)
    if (run.unfinished && sending.rejects === undefined) {
      const file = record.file.path ?? folder.input
      const options: FilePushOptions = {
        ...sending,
        ...toReading(record.reading),
        kind: 'file',
        file,
        rejects: record.rejects,
        resume: 'auto',
      }
      return await runFilePush(own, options, { name: record.file.name, expectedSha256: record.file.sha256 })
    }
    if (corrected === undefined) return await sayNothing(own, run, sending.errorOnEmpty)
    const { format, ...reading } = toReading(record.reading)
    const options: FilePushOptions = {
      ...sending,
      ...reading,
      kind: 'file',
      file: corrected,
      // Whoever corrected it may have saved it in another way.
      format: format === 'ndjson' || format === 'json' ? format : 'auto',
      encoding: 'auto',
      delimiter: undefined,
      sheet: undefined,
      rejects: undefined,
      resume: 'auto',
    }
    return await runFilePush(own, options, { retryOf: record.runId })
  } finally {
    await own.close()
  }
}

function toReading({
  columns,
  delimiter,
  sheet,
  statusMap,
  timezone,
  ...reading
}: ReadingRecord): ReadingOptions {
  return {
    ...reading,
    columns: new Map(columns),
    delimiter: delimiter ?? undefined,
    sheet: sheet ?? undefined,
    statusMap: statusMap ?? undefined,
    timezone: timezone ?? undefined,
  }
}

function findRejects({ record, summary }: StoredRun): string | undefined {
  if (summary === undefined || summary.rejected === 0) return undefined
  return [summary.rejectsFile ?? record.rejects, record.rejects].find(path => existsSync(path))
}

/** Rows of one partner must not reach the platform as another's. */
async function requireSamePlatform(context: Context, record: RunRecord): Promise<void> {
  const { baseUrl, environment, api } = await context.connection()
  if (baseUrl === record.baseUrl && environment === record.environment && api === record.api) return
  throw new CliError(
    'other_platform',
    EXIT.usage,
    `The run ${record.runId} went to ${record.environment} at ${record.baseUrl}; this would go to ${environment} at ${baseUrl}.`,
    { next: 'name the profile of that run with --profile, or push the file anew' },
  )
}

async function sayNothing(
  context: Context,
  { record, summary }: StoredRun,
  errorOnEmpty: boolean,
): Promise<ExitCode> {
  const rejected = summary?.rejected ?? 0
  if (rejected > 0) {
    throw new CliError(
      'rejects_missing',
      EXIT.input,
      `The rejects of the run, ${record.rejects}, are not there any more.`,
      {
        next: `partner-cli runs rejects ${record.runId} > FILE writes them once more; then retry with --rejects FILE`,
      },
    )
  }
  if (errorOnEmpty) {
    throw new CliError('nothing_to_do', EXIT.nothing, `The run ${record.runId} left nothing to send again.`, {
      next: 'partner-cli runs list shows all of them',
    })
  }
  await context.output.result(
    summary ?? { runId: record.runId },
    () => `The run ${record.runId} left nothing to send again.`,
  )
  return EXIT.ok
}
