import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { listRunIds, loadRun, type RunFolder, runFolder } from './run-folder.js'
import { listRunning } from './run-lock.js'
import type { RunRecord } from './run-record.js'
import type { PushSummary } from './summary.js'

/** A run as it lies on the disk. */
export interface StoredRun {
  readonly folder: RunFolder
  readonly record: RunRecord
  /** Of its last attempt that came to an end; absent when every one was killed. */
  readonly summary: PushSummary | undefined
  /** Rows are pending; the same command goes on with it. */
  readonly unfinished: boolean
  /** A process is pushing it right now. */
  readonly running: boolean
  /** Rows that need not be sent again, from the journal. */
  readonly decided: number
}

/**
 * Finds a run by `last`, by its id or by the beginning of its id.
 *
 * @throws CliError `run_unknown` (exit 2)
 */
export async function findRun(stateDirectory: string, reference: string): Promise<StoredRun> {
  const ids = await listRunIds(stateDirectory)
  const matches = reference === 'last' ? ids.slice(0, 1) : ids.filter(id => id.startsWith(reference))
  const [id, another] = matches
  if (id === undefined || (another !== undefined && id !== reference)) {
    const what =
      id !== undefined
        ? `Several runs begin with ${reference}.`
        : reference === 'last'
          ? 'There is no run yet.'
          : `There is no run ${reference}.`
    throw new CliError('run_unknown', EXIT.usage, what, { next: 'partner-cli runs list shows them' })
  }
  const run = await readRun(stateDirectory, id, await readRunStates(stateDirectory))
  if (run !== undefined) return run
  throw new CliError(
    'run_unknown',
    EXIT.usage,
    `The run ${id} was ended before it began: its journal is empty.`,
    {
      next: 'run its command again',
    },
  )
}

/** @returns undefined for a run that was killed before its journal had a line */
export async function readRun(
  stateDirectory: string,
  runId: string,
  { unfinished, running }: RunStates,
): Promise<StoredRun | undefined> {
  const folder = runFolder(stateDirectory, runId)
  try {
    const loaded = await loadRun(folder)
    if (loaded === undefined) return undefined
    return {
      folder,
      record: loaded.record,
      summary: await readSummary(folder.summary),
      unfinished: unfinished.has(runId),
      running: running.has(runId),
      decided: loaded.decisions.count,
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Which runs are not over: those that a process holds, and those that the same command would go on with. */
export interface RunStates {
  readonly unfinished: ReadonlySet<string>
  readonly running: ReadonlySet<string>
}

export async function readRunStates(stateDirectory: string): Promise<RunStates> {
  const [unfinished, running] = await Promise.all([
    listUnfinished(stateDirectory),
    listRunning(stateDirectory),
  ])
  return { unfinished, running }
}

/** Ids of the runs that the same command would go on with. */
export async function listUnfinished(stateDirectory: string): Promise<ReadonlySet<string>> {
  const folder = join(stateDirectory, 'unfinished')
  const names = await readdir(folder).catch(() => [])
  const ids = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8').catch(() => '')))
  return new Set(ids.map(id => id.trim()))
}

async function readSummary(path: string): Promise<PushSummary | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as PushSummary
  } catch {
    return undefined
  }
}
