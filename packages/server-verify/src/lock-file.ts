import { randomBytes } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const RETRY_MS = 20
/** Removing takes microseconds: who is at it for so long was killed in the middle. */
const ABANDONED_MS = 10_000

/** Held by one process at a time; see {@link withLockFile}. */
export class LockTimeoutError extends Error {
  override readonly name = 'LockTimeoutError' as const

  constructor(path: string, holder: string) {
    super(`${path} is held by the process ${holder}, and it does not let go.`)
  }
}

/**
 * Runs `work` while this process holds a lock file. A lock whose process is gone (kill -9) is taken over. Between
 * machines that share a folder the process ids mean nothing: there, use a database.
 *
 * @param timeoutMs how long to wait for another holder
 * @throws LockTimeoutError, the system's error when the file cannot be made
 */
export async function withLockFile<T>(path: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const own = `${process.pid} ${await startTimeOf(process.pid)} ${randomBytes(8).toString('hex')}\n`
  await take(path, own, performance.now() + timeoutMs)
  try {
    return await work()
  } finally {
    if ((await read(path)) === own) await rm(path, { force: true })
  }
}

async function take(path: string, own: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      await writeFile(path, own, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const found = await read(path)
    if (found === undefined) continue
    const [pid = '', startTime = ''] = found.trim().split(' ')
    // Empty for the moment between making and writing it.
    if (found !== '' && !(await isRunning(pid, startTime))) await removeStale(path, found)
    else if (performance.now() >= deadline) throw new LockTimeoutError(path, pid === '' ? 'unknown' : pid)
    else await wait(RETRY_MS)
  }
}

/**
 * Removes the lock that was read, and never a newer one that came into its place meanwhile: one process at a time removes,
 * so that nothing can change between reading and removing.
 */
async function removeStale(path: string, stale: string): Promise<void> {
  const turn = `${path}.removing`
  try {
    await writeFile(turn, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const since = (await stat(turn).catch(() => undefined))?.mtimeMs
    if (since !== undefined && Date.now() - since > ABANDONED_MS) await rm(turn, { force: true })
    else await wait(RETRY_MS)
    return
  }
  try {
    if ((await read(path)) === stale) await rm(path, { force: true })
  } finally {
    await rm(turn, { force: true })
  }
}

async function isRunning(pid: string, startTime: string): Promise<boolean> {
  const number = Number(pid)
  if (!Number.isSafeInteger(number) || number < 1) return false
  // A container's processes get the same ids at every start: only the start time tells a new one from the old.
  const actual = await startTimeOf(number)
  if (actual !== '-' && startTime !== '-') return actual === startTime
  try {
    process.kill(number, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process started, in the kernel's own count; `-` where there is no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  const stat = await read(`/proc/${pid}/stat`)
  // The second field is the program's name and may hold anything: count from the last ")".
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
