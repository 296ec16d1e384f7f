import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode, worstExitCode } from '../../exit-code.js'
import { type ClaimedFile, DropFolder } from '../../push/drop-folder.js'
import type { WatchOptions } from './command.js'
import { pushDropped, type WatchedFile } from './push-dropped.js'
import { Settling } from './settling.js'

const LOOK_MS = 1000
const BEAT_MS = 60_000
/** After a failure that may pass. */
const REST_MS = 30_000

/** `watch DIR`: looks into the folder again and again; change events of network file systems cannot be relied on. */
export async function runWatch(context: Context, options: WatchOptions): Promise<ExitCode> {
  // Before the first file: a missing credential must not wait for one.
  if (!options.sending.dryRun) await context.client()
  const folder = new DropFolder(options)
  await folder.prepare()
  const beat = setInterval(() => void folder.beat(), BEAT_MS)
  beat.unref()
  const pushed: WatchedFile[] = []
  try {
    await watchFolder(context, options, folder, pushed)
  } finally {
    clearInterval(beat)
    await folder.close()
  }
  return conclude(context, options, pushed)
}

async function watchFolder(
  context: Context,
  options: WatchOptions,
  folder: DropFolder,
  pushed: WatchedFile[],
): Promise<void> {
  const { signal } = context
  const until = options.sending.deadlineMs === undefined ? undefined : Date.now() + options.sending.deadlineMs
  const settling = new Settling(options.settleMs)
  const isOver = (): boolean => signal.aborted || (until !== undefined && Date.now() >= until)
  /** @returns whether to go on with the next file */
  const push = async (file: ClaimedFile): Promise<boolean> => {
    const result = await pushDropped(context, options, folder, file, until)
    if (options.once) pushed.push(result)
    else pushed.splice(0, pushed.length, result)
    if (result.placed !== undefined) return true
    const wait = !options.once && (result.exitCode === EXIT.temporary || result.exitCode === EXIT.locked)
    if (wait && !isOver()) await rest(REST_MS, signal)
    return wait
  }
  while (!isOver()) {
    const left = await folder.adopt()
    if (left !== undefined) {
      if (!(await push(left))) return
      continue
    }
    const files = await folder.list()
    const ready = settling.look(files, performance.now())
    for (const dropped of ready) {
      if (isOver()) return
      const file = await folder.claim(dropped)
      if (file !== undefined && !(await push(file))) return
    }
    // With --once: as long as a file may still become ready.
    if (options.once && settling.isEmpty) return
    await rest(Math.min(LOOK_MS, Math.max(20, options.settleMs / 2)), signal)
  }
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {})
}

async function conclude(
  context: Context,
  options: WatchOptions,
  pushed: readonly WatchedFile[],
): Promise<ExitCode> {
  const { signal, output, flags } = context
  const codes: ExitCode[] = pushed.map(file => file.exitCode)
  if (signal.aborted && signal.reason instanceof CliError) codes.push(signal.reason.exitCode)
  if (pushed.length === 0 && options.sending.errorOnEmpty && !signal.aborted) codes.push(EXIT.nothing)
  const exitCode = worstExitCode(codes)
  if (!options.once) return exitCode
  const files = pushed.map(({ name, placed, runId, exitCode }) => ({
    name,
    placed: placed ?? null,
    runId,
    exitCode,
  }))
  const done = pushed.filter(({ kind }) => kind === 'done').length
  const failed = pushed.filter(({ kind }) => kind === 'failed').length
  const waiting = pushed.length - done - failed
  if (output.mode !== 'human' || (flags.quiet !== true && pushed.length > 1)) {
    await output.result({ schema: 'partner-cli.watch/1', done, failed, waiting, files, exitCode }, () => {
      return `${pushed.length} files: done ${done}, failed ${failed}, waiting ${waiting}`
    })
  }
  return exitCode
}
