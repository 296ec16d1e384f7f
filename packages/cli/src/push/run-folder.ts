import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { syncFolder, writePrivateFile } from '../private-file.js'
import { Decisions } from './decisions.js'
import { createJournalError, type Journal, openJournal, type RowRecord } from './journal.js'
import { readJournal } from './read-journal.js'
import type { RunRecord } from './run-record.js'

/** Where the journal, the rejects and the summary of each run lie. */
export function runsFolder(stateDirectory: string): string {
  return join(stateDirectory, 'runs')
}

/** The files of one run. */
export interface RunFolder {
  readonly runId: string
  readonly path: string
  readonly journal: string
  readonly rejects: string
  readonly summary: string
  /** The copy of standard input. */
  readonly input: string
}

export function runFolder(stateDirectory: string, runId: string): RunFolder {
  const path = join(runsFolder(stateDirectory), runId)
  return {
    runId,
    path,
    journal: join(path, 'journal.ndjson'),
    rejects: join(path, 'rejects'),
    summary: join(path, 'summary.json'),
    input: join(path, 'input'),
  }
}

/** A run whose journal is open. */
export interface OpenRun {
  readonly folder: RunFolder
  readonly record: RunRecord
  readonly journal: Journal
  /** What earlier attempts decided; undefined for a new run. */
  readonly earlier: Decisions | undefined
}

/**
 * Begins a run: folder, journal with its first line, and the mark by which the same command finds it again. All of it is
 * on the disk before anything is sent.
 *
 * @throws CliError `state_unwritable` (exit 10)
 */
export async function beginRun(
  stateDirectory: string,
  record: RunRecord,
  onFailure: (failure: CliError) => void,
): Promise<OpenRun> {
  const folder = runFolder(stateDirectory, record.runId)
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 })
    const journal = await openJournal(folder.journal, onFailure)
    journal.append(record)
    await journal.flush()
    await syncFolder(folder.path)
    await syncFolder(runsFolder(stateDirectory))
    await writePrivateFile(unfinishedMark(stateDirectory, record.planKey), record.runId)
    return { folder, record, journal, earlier: undefined }
  } catch (error) {
    throw createStateError(stateDirectory, error)
  }
}

/** The unfinished run of the same command, if there is one. @throws CliError `journal_unwritable` (exit 10) */
export async function findUnfinishedRun(
  stateDirectory: string,
  planKey: string,
): Promise<string | undefined> {
  try {
    return (await readFile(unfinishedMark(stateDirectory, planKey), 'utf8')).trim()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw createStateError(stateDirectory, error)
  }
}

/**
 * Opens the journal of an unfinished run to go on with it.
 *
 * @returns undefined when its journal is gone or says nothing, so that a new run is begun
 * @throws CliError `journal_unwritable` (exit 10)
 */
export async function resumeRun(
  stateDirectory: string,
  runId: string,
  onFailure: (failure: CliError) => void,
): Promise<OpenRun | undefined> {
  const folder = runFolder(stateDirectory, runId)
  try {
    const loaded = await loadRun(folder)
    if (loaded === undefined) return undefined
    const journal = await openJournal(folder.journal, onFailure)
    return { folder, record: loaded.record, journal, earlier: loaded.decisions }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw createJournalError(folder.journal, error)
  }
}

/** Reads a run from its journal. */
export async function loadRun(
  folder: RunFolder,
): Promise<{ readonly record: RunRecord; readonly decisions: Decisions } | undefined> {
  let record: RunRecord | undefined
  const decisions = new Decisions()
  for await (const line of readJournal(folder.journal)) {
    if (line['type'] === 'run') record ??= line as unknown as RunRecord
    else if (line['type'] === 'row') decisions.add(line as unknown as RowRecord)
  }
  return record === undefined ? undefined : { record, decisions }
}

/** Marks a run as finished: the same command begins a new one. */
export async function finishRun(stateDirectory: string, { folder, record }: OpenRun): Promise<void> {
  const mark = unfinishedMark(stateDirectory, record.planKey)
  const marked = await readFile(mark, 'utf8').catch(() => '')
  if (marked.trim() === record.runId) await rm(mark, { force: true })
  await rm(folder.input, { force: true })
}

/** Keeps the copy of standard input with its run. */
export async function keepInput(folder: RunFolder, spooled: string): Promise<void> {
  await rename(spooled, folder.input).catch(error => {
    throw createJournalError(folder.input, error)
  })
}

/** Ids of all runs, the latest first. */
export async function listRunIds(stateDirectory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(runsFolder(stateDirectory))
    return names
      .filter(name => RUN_ID.test(name))
      .sort()
      .reverse()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return []
    throw createStateError(stateDirectory, error)
  }
}

/** Whether the state directory can be written to, found out by writing. @throws CliError `state_unwritable` (exit 10) */
export async function requireWritableState(stateDirectory: string): Promise<void> {
  const probe = join(runsFolder(stateDirectory), `.probe-${process.pid}`)
  try {
    await mkdir(runsFolder(stateDirectory), { recursive: true, mode: 0o700 })
    const file = await open(probe, 'w', 0o600)
    try {
      await file.write('x')
      await file.sync()
    } finally {
      await file.close()
      await rm(probe, { force: true })
    }
  } catch (error) {
    throw createStateError(stateDirectory, error)
  }
}

const RUN_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/

function unfinishedMark(stateDirectory: string, planKey: string): string {
  return join(stateDirectory, 'unfinished', planKey)
}

function createStateError(stateDirectory: string, cause: unknown): CliError {
  if (cause instanceof CliError) return cause
  const code = systemErrorCode(cause) ?? 'unknown error'
  const why =
    { EROFS: 'it is read-only', EACCES: 'this user may not write there', ENOSPC: 'the disk is full' }[code] ??
    code
  return new CliError(
    'state_unwritable',
    EXIT.environment,
    `The state folder ${stateDirectory} cannot be used (${why}), so a run could not be resumed. Nothing was sent.`,
    { next: 'set PARTNER_STATE_DIR to a folder you can write to, then run the same command again', cause },
  )
}
