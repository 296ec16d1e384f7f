import { randomBytes } from 'node:crypto'

/** Names a run: its start to the second, then 6 random hex digits. Sorts by time, fits a file name. */
export function createRunId(startedAt: Date): string {
  const second = startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '')
  return `${second}Z-${randomBytes(3).toString('hex')}`
}
