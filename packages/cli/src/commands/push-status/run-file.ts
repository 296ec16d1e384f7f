import { resolve } from 'node:path'
import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import type { FilePushOptions } from '../../push/file-push-options.js'
import { type InputFile, openInputFile } from '../../push/input-file.js'
import { requireWritableState } from '../../push/run-folder.js'
import { takeRunLock } from '../../push/run-lock.js'
import { concludeRun, showOutcome } from './conclude.js'
import { createFileRun, type FileOutcome, type FileRun, type FileRunFacts } from './file-run.js'
import { pushInput } from './push-input.js'

/**
 * `push-status -f FILE`. Every ending but a wrong configuration has a summary, so that whoever reads `--json` always
 * finds a line.
 */
export async function runFilePush(
  context: Context,
  options: FilePushOptions,
  facts: FileRunFacts = {},
): Promise<ExitCode> {
  return showOutcome(context, await executeFilePush(context, options, facts))
}

/** Pushes a file and tells how it went; prints nothing but notes and events. */
export async function executeFilePush(
  context: Context,
  options: FilePushOptions,
  facts: FileRunFacts = {},
): Promise<FileOutcome> {
  const run = await createFileRun(context, options, facts)
  try {
    return await concludeRun(run, await pushLocked(run))
  } catch (error) {
    if (run.signal.aborted && run.signal.reason instanceof CliError)
      return concludeRun(run, run.signal.reason)
    if (error instanceof CliError) return concludeRun(run, error)
    throw error
  } finally {
    run.end()
  }
}

async function pushLocked(run: FileRun): Promise<CliError | undefined> {
  const { context, options, connection, runId, signal } = run
  if (options.dryRun || connection === undefined) return pushFile(run)
  // Before anything is read: a missing secret is quicker said than a file is checked.
  await context.client()
  await requireWritableState(context.stateDirectory)
  const { baseUrl, environment, api, keyId } = connection
  const lock = await takeRunLock({
    stateDirectory: context.stateDirectory,
    target: [baseUrl, environment, api, keyId],
    runId,
    waitMs: options.waitLockMs,
    signal,
    onWait: holder => context.note(`Waiting for another run to end: ${holder}`),
  })
  try {
    return await pushFile(run)
  } finally {
    await lock.release()
  }
}

async function pushFile(run: FileRun): Promise<CliError | undefined> {
  const { context, options, signal } = run
  if (options.report !== undefined && resolve(options.report) === resolve(options.file)) {
    throw new CliError('report_is_input', EXIT.usage, '--report names the input file itself.', {
      next: 'give another path',
    })
  }
  const input = await openInputFile(options.file, context.stdin, context.stateDirectory, signal)
  try {
    return await pushInput(run, namedAs(input, run.name))
  } finally {
    await input.close()
  }
}

function namedAs(input: InputFile, name: string | undefined): InputFile {
  return name === undefined ? input : { ...input, name }
}
