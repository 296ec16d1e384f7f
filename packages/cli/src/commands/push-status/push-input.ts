import { createHash } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import { CliError } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { createInputError } from '../../push/input-error.js'
import type { InputFile } from '../../push/input-file.js'
import type { InputRow, InputShape } from '../../push/input-row.js'
import { inspectInput } from '../../push/inspect-input.js'
import { createLedger } from '../../push/ledger.js'
import { type Plan, planRows } from '../../push/plan.js'
import { formatCount } from '../../push/progress.js'
import { isWorkbook, openRows, type ReadSettings } from '../../push/read-rows.js'
import { checkRejectLimit } from '../../push/reject-limit.js'
import { chooseRejectsPath, createRejectsFile, type RejectsFile } from '../../push/rejects.js'
import { reportRows } from '../../push/report-rows.js'
import { sendRows } from '../../push/send-rows.js'
import { readStatusMap, type StatusMap } from '../../push/status-map.js'
import { createTimeZone } from '../../push/time-zone.js'
import { type Translation, translateRow } from '../../push/translate-row.js'
import type { FileRun } from './file-run.js'
import { openRun } from './open-run.js'
import { describeResumption, describeStart, startProgress } from './show-progress.js'

/** An input whose rows can be read as often as needed. */
interface Source {
  readonly input: InputFile
  readonly shape: InputShape
  /** The encoding that was found or given. */
  readonly encoding: string
  readonly statusMap: StatusMap | undefined
  readonly sha256: string
  readonly byteOrderMark: boolean
  rows(): Promise<AsyncIterable<InputRow>>
}

/**
 * Reads the file to its end first (is it sound, what of it can be sent?), then again to send it.
 *
 * @returns why rows stayed pending, if any did
 */
export async function pushInput(run: FileRun, input: InputFile): Promise<CliError | undefined> {
  const { context, options, tally, signal } = run
  const source = await openSource(run, input)
  run.file = { name: input.name, bytes: input.size, sha256: source.sha256 }
  run.format = source.shape.format
  const plan = await planRows(await source.rows(), {
    environment: run.connection?.environment ?? 'live',
    now: context.now,
    signal,
    checkNumbers: options.checkNumbers,
  })
  tally.rows = plan.rows
  for (const [code, count] of plan.warnings) tally.warnings.set(code, count)
  if (plan.rows === 0 && options.errorOnEmpty) throw createEmptyError(input.name)
  const path = await chooseRejectsPath({
    chosen: options.rejects,
    inputPath: input.path,
    shape: source.shape,
    stateDirectory: context.stateDirectory,
    runId: run.runId,
  })
  const refusal =
    options.onInvalid === 'abort' && plan.rejected > 0
      ? createAbortError(plan.rejected)
      : checkRejectLimit(options.maxRejects, plan.rejected, plan.rows, true)
  if (options.dryRun || refusal !== undefined) return reportOnly(run, source, plan, path, refusal)
  return send(run, source, plan, path)
}

async function openSource(run: FileRun, input: InputFile): Promise<Source> {
  const { options, signal } = run
  const statusMap = options.statusMap === undefined ? undefined : await readStatusMap(options.statusMap)
  const zone = options.timezone === undefined ? undefined : createTimeZone(options.timezone)
  const { sha256, encoding, needsMark } = await inspectInput(input, options.encoding, signal)
  if (run.expectedSha256 !== undefined && run.expectedSha256 !== sha256) {
    const next = `push it as it is now: partner-cli push-status -f ${input.name}; what was accepted is not applied twice`
    throw createInputError(
      'file_changed',
      `${input.name} is not the file of that run any more. Nothing was sent.`,
      next,
    )
  }
  const workbook = options.format === 'xlsx' || (options.format === 'auto' && isWorkbook(input.name))
  const { format, delimiter, sheet, columns, checkNumbers } = options
  const settings: ReadSettings = {
    format,
    encoding: workbook ? 'utf-8' : encoding,
    delimiter,
    sheet,
    columns,
  }
  const translation: Translation = { statusMap, zone, checkNumbers }
  const open = (): ReturnType<typeof openRows> =>
    openRows(input.name, requireSame(input.chunks(), sha256, input.name), settings)
  const first = await open()
  let unread: AsyncIterable<InputRow> | undefined = first.rows
  return {
    input,
    shape: first.shape,
    encoding: workbook ? 'workbook' : encoding,
    statusMap,
    sha256,
    byteOrderMark: workbook || needsMark,
    async rows() {
      const rows = unread ?? (await open()).rows
      unread = undefined
      return translate(rows, translation)
    },
  }
}

/** Rows are known by their place, so all readings must be of the same bytes. @throws CliError `file_changed` (exit 5) */
async function* requireSame(
  chunks: AsyncIterable<Buffer>,
  sha256: string,
  name: string,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  if (hash.digest('hex') === sha256) return
  throw new CliError('file_changed', EXIT.temporary, `${name} changed while it was being read.`, {
    next: 'run the same command again when it is complete; what was accepted is not applied twice',
  })
}

async function* translate(rows: AsyncIterable<InputRow>, translation: Translation): AsyncGenerator<InputRow> {
  for await (const row of rows) yield translateRow(row, translation)
}

async function reportOnly(
  run: FileRun,
  source: Source,
  plan: Plan,
  path: string,
  refusal: CliError | undefined,
): Promise<CliError | undefined> {
  const { context, tally, signal, runId } = run
  const staging = join(resolve(path, '..'), `.${basename(path)}.${runId}`)
  const rejects = createRejects(source, path, staging, false)
  try {
    const ledger = createLedger({ tally, rejects, output: context.output, progress: undefined })
    await reportRows(await source.rows(), ledger, plan, signal)
    run.rejectsFile = (await rejects.publish()) ?? null
  } finally {
    await rejects.close()
  }
  return refusal
}

async function send(run: FileRun, source: Source, plan: Plan, path: string): Promise<CliError | undefined> {
  const { context, options, tally, signal } = run
  const opened = await openRun(run, source, plan.rows, path)
  const { journal, earlier, folder } = opened
  const rejects = createRejects(source, path, folder.rejects, true)
  await (earlier === undefined ? describeStart(run) : describeResumption(run, earlier.count))
  const progress = startProgress(context)
  context.showProgress(progress)
  let failure: CliError | undefined
  try {
    const isNoted = earlier === undefined ? undefined : (index: number): boolean => earlier.isNoted(index)
    const ledger = createLedger({ tally, rejects, output: context.output, progress, journal, isNoted })
    failure = await sendRows(await context.client(), await source.rows(), ledger, {
      batchSize: options.batchSize,
      concurrency: options.concurrency,
      rate: options.rate,
      plan,
      earlier,
      findLimit: () => checkRejectLimit(options.maxRejects, tally.rejected, plan.rows, false),
      signal,
    })
  } finally {
    progress?.clear()
    context.showProgress(undefined)
    failure = await attempt(() => journal.flush(), failure)
    failure = await attempt(async () => {
      run.rejectsFile = (await rejects.publish()) ?? null
    }, failure)
    await rejects.close()
  }
  return failure
}

/** Does one step of the ending; the first failure of a run is the one that is told. */
async function attempt(
  step: () => Promise<void>,
  failure: CliError | undefined,
): Promise<CliError | undefined> {
  try {
    await step()
    return failure
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return failure === undefined || failure.exitCode === EXIT.temporary ? error : failure
  }
}

function createRejects(source: Source, path: string, staging: string, keepStaging: boolean): RejectsFile {
  const { shape, byteOrderMark, input } = source
  return createRejectsFile({ path, staging, keepStaging, shape, byteOrderMark, mode: input.mode })
}

function createAbortError(rejected: number): CliError {
  const rows = rejected === 1 ? '1 row is' : `${formatCount(rejected)} rows are`
  const next = 'correct them in the file and run the same command again'
  return createInputError(
    'rows_invalid',
    `${rows} invalid, and --on-invalid is abort. Nothing was sent.`,
    next,
  )
}

function createEmptyError(name: string): CliError {
  return new CliError('nothing_to_do', EXIT.nothing, `${name} holds no row (--error-on-empty).`, {
    next: 'check how the file was made',
  })
}
