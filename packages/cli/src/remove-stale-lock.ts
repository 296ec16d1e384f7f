import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Removing takes microseconds: who is at it for so long was killed in the middle. */
const ABANDONED_MS = 10_000
const POLL_MS = 5

/**
 * Removes the lock of a dead process, unless somebody else did and a living one stands there by now. One process at a
 * time: to read, to compare and to remove are three steps, and a lock that is taken between them must not be removed.
 *
 * @param stale what stood in the lock that was found dead
 * @throws the system's error when nothing can be made or removed there
 */
export async function removeStaleLock(path: string, stale: string): Promise<void> {
  const turn = `${path}.removing`
  try {
    await writeFile(turn, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const since = (await stat(turn).catch(() => undefined))?.mtimeMs
    if (since !== undefined && Date.now() - since > ABANDONED_MS) await rm(turn, { force: true })
    else await delay(POLL_MS)
    return
  }
  try {
    // Only removers take a dead lock away, and there is one: what is read here stays until it is removed.
    if ((await readFile(path, 'utf8').catch(() => undefined)) === stale) await rm(path, { force: true })
  } finally {
    await rm(turn, { force: true })
  }
}
