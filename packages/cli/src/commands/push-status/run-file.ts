import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { Connection } from '../../profile.js'
import { checkRows } from '../../push/check-rows.js'
import { type InputFile, openInputFile } from '../../push/input-file.js'
import type { OpenedRows } from '../../push/input-row.js'
import { createLedger } from '../../push/ledger.js'
import { createProgress, formatCount, type Progress } from '../../push/progress.js'
import { openRows } from '../../push/read-rows.js'
import { chooseRejectsPath, createRejectsFile, type RejectsFile } from '../../push/rejects.js'
import { createRunId } from '../../push/run-id.js'
import { scanInput } from '../../push/scan.js'
import { sendRows } from '../../push/send-rows.js'
import { createTally } from '../../push/summary.js'
import type { FilePushOptions } from './command.js'
import { conclude, type Ending, type FileRun } from './conclude.js'

/**
 * `push-status -f FILE`. Every ending but a wrong configuration has a summary, so that whoever reads `--json` always
 * finds a line.
 */
export async function runFilePush(context: Context, options: FilePushOptions): Promise<ExitCode> {
  const startedAt = context.now()
  const connection = await findConnection(context, options.dryRun)
  const run: FileRun = {
    context,
    options,
    runId: createRunId(startedAt),
    startedAt,
    connection,
    tally: createTally(),
  }
  try {
    return await conclude(run, await pushFile(run))
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    if (context.output.mode === 'human') throw error
    return conclude(run, { rejectsFile: null, failure: error })
  }
}

async function pushFile(run: FileRun): Promise<Ending> {
  const { context, options } = run
  const spoolFolder = context.stateDirectory
  const input = await openInputFile(options.file, context.stdin, spoolFolder, context.signal)
  try {
    // Before anything is read: a missing secret is quicker said than a file is checked.
    if (!options.dryRun) await context.client()
    return await pushInput(run, input)
  } finally {
    await input.close()
  }
}

async function pushInput(run: FileRun, input: InputFile): Promise<Ending> {
  const { context, options, tally, runId } = run
  const { shape, rows, sha256 } = await scanInput(input, options.format, context.signal)
  tally.rows = rows
  const path = await chooseRejectsPath({
    chosen: options.rejects,
    inputPath: input.path,
    shape,
    stateDirectory: context.stateDirectory,
    runId,
  })
  const rejects = createRejectsFile(path, shape, input.mode)
  await describeStart(run)
  let failure: CliError | undefined
  try {
    failure = await checkAndSend(run, input, rejects)
  } finally {
    await rejects.close()
  }
  return {
    file: { name: input.name, bytes: input.size, sha256 },
    rejectsFile: rejects.started ? path : null,
    failure,
  }
}

async function checkAndSend(
  run: FileRun,
  input: InputFile,
  rejects: RejectsFile,
): Promise<CliError | undefined> {
  const { context, options, tally, connection } = run
  const { signal, now, output } = context
  const read = async (): Promise<OpenedRows['rows']> =>
    (await openRows(input.name, input.chunks(), options.format)).rows
  if (options.dryRun || options.onInvalid === 'abort') {
    const checked = createTally()
    checked.rows = tally.rows
    const environment = connection?.environment ?? 'live'
    await checkRows(await read(), createLedger(checked, rejects, output, undefined), {
      environment,
      now,
      signal,
    })
    if (options.dryRun || checked.rejected > 0) Object.assign(tally, checked)
    if (checked.rejected > 0 && options.onInvalid === 'abort') return createAbortError(checked.rejected)
    if (options.dryRun) return undefined
  }
  const progress = startProgress(context)
  context.showProgress(progress)
  try {
    const ledger = createLedger(tally, rejects, output, progress)
    const { batchSize, concurrency } = options
    return await sendRows(await context.client(), await read(), ledger, { batchSize, concurrency, signal })
  } finally {
    progress?.clear()
    context.showProgress(undefined)
  }
}

function createAbortError(rejected: number): CliError {
  const rows = rejected === 1 ? '1 row is' : `${rejected} rows are`
  return new CliError(
    'rows_invalid',
    EXIT.input,
    `${rows} invalid, and --on-invalid is abort. Nothing was sent.`,
    {
      next: 'correct them in the file and run the same command again',
    },
  )
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

async function describeStart({ context, connection, tally }: FileRun): Promise<void> {
  if (context.stderr.isTTY !== true && context.flags.verbose !== true) return
  const rows = `${formatCount(tally.rows)} ${tally.rows === 1 ? 'row' : 'rows'}`
  const to =
    connection === undefined
      ? 'no profile'
      : `${connection.environment} at ${connection.baseUrl}, key ${connection.keyId}`
  await context.note(`${rows} → ${to}`)
}

/** A bar on a terminal, unless lines of events would run through it. */
function startProgress({ flags, stderr, stdout, output, env, now }: Context): Progress | undefined {
  const mixed = output.mode === 'ndjson' && stdout.isTTY === true
  if (stderr.isTTY !== true || flags.quiet === true || flags.progress === false || mixed) return undefined
  if (env['TERM'] === 'dumb') return undefined
  return createProgress(stderr, () => now().getTime())
}
