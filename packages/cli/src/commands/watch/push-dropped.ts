import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Context } from '../../context.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { writeText } from '../../output.js'
import { writePrivateFile } from '../../private-file.js'
import type { ClaimedFile, DropFolder } from '../../push/drop-folder.js'
import { runFolder } from '../../push/run-folder.js'
import { reportFailure } from '../../report.js'
import { showOutcome } from '../push-status/conclude.js'
import type { FileOutcome } from '../push-status/file-run.js'
import { executeFilePush } from '../push-status/run-file.js'
import type { WatchOptions } from './command.js'

/** What became of a file of the folder. */
export interface WatchedFile {
  readonly name: string
  readonly runId: string
  readonly exitCode: ExitCode
  readonly kind: 'done' | 'failed' | 'waiting'
  /** Where it lies now; undefined when it went back. */
  readonly placed: string | undefined
}

/** Endings that are the fault of the file; after every other one it goes back and waits. */
const FAULTY: ReadonlySet<ExitCode> = new Set([EXIT.rejected, EXIT.input, EXIT.tooManyRejects, EXIT.nothing])

/** Pushes one claimed file and puts it where it belongs. */
export async function pushDropped(
  context: Context,
  { reading, sending }: WatchOptions,
  folder: DropFolder,
  file: ClaimedFile,
  until: number | undefined,
): Promise<WatchedFile> {
  const deadlineMs = until === undefined ? undefined : Math.max(1, until - Date.now())
  const rejects = folder.rejectsOf(file)
  await rm(rejects, { force: true })
  const outcome = await executeFilePush(
    context,
    {
      ...sending,
      ...reading,
      kind: 'file',
      file: file.path,
      rejects,
      report: undefined,
      deadlineMs,
      // An empty file is the business of the folder as a whole.
      errorOnEmpty: false,
    },
    { name: file.name },
  )
  const { exitCode, summary, format } = outcome
  const kind = exitCode === EXIT.ok ? 'done' : FAULTY.has(exitCode) ? 'failed' : 'waiting'
  const placed = kind === 'waiting' ? undefined : folder.placeOf(kind, file, summary.runId)
  const hasRejects = summary.rejectsFile !== null && placed !== undefined
  const rejectsFile = hasRejects ? `${resolve(placed)}.rejects.${format ?? 'csv'}` : null
  const told: FileOutcome = { ...outcome, summary: { ...summary, rejectsFile } }
  try {
    if (placed === undefined) await folder.giveBack(file)
    else {
      if (rejectsFile !== null) await rename(rejects, rejectsFile)
      await writeFile(`${placed}.summary.json`, `${JSON.stringify(told.summary, null, 2)}\n`)
      await rename(file.path, placed)
    }
  } catch (cause) {
    throw new CliError(
      'directory_unusable',
      EXIT.environment,
      `${file.name} was pushed, but cannot be moved away (${systemErrorCode(cause) ?? 'unknown error'}); it lies at ${file.path}.`,
      { next: 'check the folder and the disk, then run the same command again', cause },
    )
  }
  await keepSummary(context, told)
  await tell(context, file, told)
  return { name: file.name, runId: summary.runId, exitCode, kind, placed }
}

/** So that `partner-cli retry` finds the rejects where they are now. */
async function keepSummary(context: Context, { summary, wasSending }: FileOutcome): Promise<void> {
  if (!wasSending) return
  const { summary: path } = runFolder(context.stateDirectory, summary.runId)
  try {
    await writePrivateFile(path, `${JSON.stringify(summary)}\n`)
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    await context.note(
      `${path} cannot be written (${fault}): "partner-cli retry ${summary.runId}" will not find the rejects where they are now. Check the state folder and the disk.`,
    )
  }
}

async function tell(context: Context, file: ClaimedFile, outcome: FileOutcome): Promise<void> {
  const { summary, failure } = outcome
  if (context.output.mode !== 'human') {
    if (context.output.mode === 'ndjson') await context.output.event(summary)
    else await context.note(`${file.name}: exit code ${summary.exitCode}`)
    if (failure !== undefined) await showFailure(context, failure)
    return
  }
  if (context.flags.quiet === true && summary.exitCode === EXIT.ok) return
  await writeText(context.stdout, `${file.name}\n`)
  try {
    await showOutcome(context, outcome)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    await showFailure(context, error)
  }
}

function showFailure({ stderr, env, flags, output }: Context, failure: CliError): Promise<void> {
  const [color, debug] = [flags.color !== false, flags.debug === true]
  return reportFailure(failure, { stderr, env, json: output.mode !== 'human', color, debug })
}
