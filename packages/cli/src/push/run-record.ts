import { createHash } from 'node:crypto'
import type { EventField } from './column-map.js'
import type { EncodingChoice } from './encoding.js'
import type { InputFormat } from './read-rows.js'

/** How the file of a run was read; what a retry needs to read it, or its rejects, the same way. */
export interface ReadingRecord {
  readonly format: InputFormat
  readonly encoding: EncodingChoice
  readonly delimiter: string | null
  readonly sheet: string | null
  readonly columns: readonly (readonly [EventField, string])[]
  /** Absolute path of the file. */
  readonly statusMap: string | null
  readonly timezone: string | null
  readonly checkNumbers: boolean
}

/** The first line of a journal: what the run was asked to do. Nothing in it is secret. */
export interface RunRecord {
  readonly type: 'run'
  readonly version: 1
  readonly runId: string
  readonly startedAt: string
  readonly profile: string | null
  readonly baseUrl: string
  readonly environment: string
  readonly api: string
  readonly keyId: string
  readonly file: {
    readonly name: string
    /** Absolute; null for standard input, whose copy lies in the folder of the run. */
    readonly path: string | null
    readonly bytes: number
    readonly sha256: string
  }
  readonly reading: ReadingRecord
  readonly rows: number
  /** Where rejects go. */
  readonly rejects: string
  readonly retryOf: string | null
  /** Equal for the same command on the same file: see {@link createPlanKey}. */
  readonly planKey: string
}

/**
 * Names what is pushed where, so that the same command finds its unfinished run: the file's bytes, how its rows are made of
 * them (the status map by content, not by name), the platform and the credential. Not the path: a file that was moved is
 * the same file.
 */
export function createPlanKey(
  record: Pick<RunRecord, 'baseUrl' | 'environment' | 'api' | 'keyId' | 'file' | 'reading'>,
  encoding: string,
  statusMap: ReadonlyMap<string, string> | undefined,
): string {
  const { baseUrl, environment, api, keyId, file, reading } = record
  const { format, delimiter, sheet, columns, timezone, checkNumbers } = reading
  const parts = [
    'partner-cli-run-v1',
    [baseUrl, environment, api, keyId, file.sha256],
    [format, encoding, delimiter, sheet, [...columns].sort(), timezone, checkNumbers],
    statusMap === undefined ? null : [...statusMap].sort(),
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)
}
