import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readRun, readRunStates } from './find-run.js'
import { listRunIds, runFolder } from './run-folder.js'

/** Finished runs are kept that long without anybody asking: long enough for the questions of a quarter. */
export const KEEP_MS: number = 90 * 86_400_000

/** Which runs are removed. */
export interface PruneOptions {
  readonly olderThanMs: number
  /** Runs with pending rows too: they cannot be resumed any more. */
  readonly unfinished: boolean
  /** Only tell which. */
  readonly dryRun: boolean
  readonly now: Date
  readonly limit?: number | undefined
}

/** Removes old runs with their journals and their copies of rejects. @returns the ids of what is gone */
export async function pruneRuns(stateDirectory: string, options: PruneOptions): Promise<readonly string[]> {
  const { olderThanMs, unfinished, dryRun, now, limit = Number.POSITIVE_INFINITY } = options
  const before = now.getTime() - olderThanMs
  const states = await readRunStates(stateDirectory)
  const open = states.unfinished
  const removed: string[] = []
  for (const id of [...(await listRunIds(stateDirectory))].reverse()) {
    if (removed.length >= limit || startOf(id) > before) break
    if (open.has(id) && !unfinished) continue
    removed.push(id)
    if (dryRun) continue
    const planKey = open.has(id) ? (await readRun(stateDirectory, id, states))?.record.planKey : undefined
    if (planKey !== undefined) await rm(join(stateDirectory, 'unfinished', planKey), { force: true })
    await rm(runFolder(stateDirectory, id).path, { recursive: true, force: true })
  }
  return removed
}

/** `20261122T041500Z-…` → milliseconds. */
function startOf(runId: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/.exec(runId)!.map(Number)
  return Date.UTC(y!, mo! - 1, d, h, mi, s)
}
