import { resolve } from 'node:path'
import type { InputFile } from '../../push/input-file.js'
import {
  beginRun,
  findUnfinishedRun,
  keepInput,
  type OpenRun,
  resumeRun,
  runFolder,
} from '../../push/run-folder.js'
import { createPlanKey, type ReadingRecord, type RunRecord } from '../../push/run-record.js'
import type { FileRun } from './file-run.js'

/** What is known of the input when its run is opened. */
export interface RunSource {
  readonly input: InputFile
  readonly encoding: string
  readonly statusMap: ReadonlyMap<string, string> | undefined
  readonly sha256: string
}

/** Goes on with the unfinished run of the same command, or begins one. */
export async function openRun(
  run: FileRun,
  source: RunSource,
  rows: number,
  rejects: string,
): Promise<OpenRun> {
  const { context, options } = run
  const record = createRecord(run, source, rows, rejects)
  const { stateDirectory } = context
  const known =
    options.resume === 'auto' ? await findUnfinishedRun(stateDirectory, record.planKey) : undefined
  const resumed = known === undefined ? undefined : await resumeRun(stateDirectory, known, run.halt)
  const opened = resumed ?? (await beginRun(stateDirectory, record, run.halt))
  run.opened = opened
  run.runId = opened.record.runId
  const folder = runFolder(stateDirectory, run.runId)
  if (source.input.copy !== undefined) await keepInput(folder, source.input.copy)
  return opened
}

function createRecord(
  run: FileRun,
  { input, encoding, statusMap, sha256 }: RunSource,
  rows: number,
  rejects: string,
): RunRecord {
  const { options, connection, runId, startedAt, retryOf } = run
  const { profile, baseUrl, environment, api, keyId } = connection!
  const reading: ReadingRecord = {
    format: options.format,
    encoding: options.encoding,
    delimiter: options.delimiter ?? null,
    sheet: options.sheet ?? null,
    columns: [...options.columns],
    statusMap: options.statusMap === undefined ? null : resolve(options.statusMap),
    timezone: options.timezone ?? null,
    checkNumbers: options.checkNumbers,
  }
  const file = {
    name: input.name,
    path: input.path === undefined ? null : resolve(input.path),
    bytes: input.size,
    sha256,
  }
  const facts = { baseUrl, environment, api, keyId, file, reading }
  return {
    type: 'run',
    version: 1,
    runId,
    startedAt: startedAt.toISOString(),
    profile: profile ?? null,
    ...facts,
    rows,
    rejects: resolve(rejects),
    retryOf: retryOf ?? null,
    planKey: createPlanKey(facts, encoding, statusMap),
  }
}
