import { randomUUID } from 'node:crypto'
import { link, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'

interface Owner {
  readonly pid: number
  readonly host: string
  readonly nonce: string
}

/** A lock whose owner is alive is touched this often. */
const HEARTBEAT_MS = 500
/** A lock that was not touched for so long, by the watch of the one who waits, has no owner any more. */
const STALE_MS = 1500
const POLL_MS = 20

/**
 * Runs `work` while holding a lock file, so that of several processes one works at a time.
 *
 * It heals: the lock of a process that was killed is broken by the next one, at once when that runs on the same machine
 * and after 1.5 s otherwise. It does not fence: an owner that was stopped for longer may find itself not alone. Fit for
 * saving work, not for protecting data.
 *
 * @param patienceMs how long to wait for the lock; after that `work` runs without it
 * @throws what `work` throws; what the file system says when no lock can be made at all
 */
export async function withFileLock<T>(path: string, patienceMs: number, work: () => Promise<T>): Promise<T> {
  const owner: Owner = { pid: process.pid, host: hostname(), nonce: randomUUID() }
  if (!(await acquire(path, owner, patienceMs))) return work()
  const heartbeat = setInterval(() => void touch(path), HEARTBEAT_MS)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    // Not the lock of somebody who took this owner for dead.
    if ((await readOwner(path))?.nonce === owner.nonce) await unlink(path).catch(() => undefined)
  }
}

async function acquire(path: string, owner: Owner, patienceMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + patienceMs
  let seen = { touchedAt: Number.NaN, since: performance.now() }
  while (!(await create(path, owner))) {
    const now = performance.now()
    const touchedAt = (await stat(path).catch(() => undefined))?.mtimeMs
    // Not compared with a clock: that of a file server may be another one.
    if (touchedAt !== seen.touchedAt) seen = { touchedAt: touchedAt ?? Number.NaN, since: now }
    const holder = await readOwner(path)
    const isDead = holder === undefined ? false : holder.host === owner.host && !isAlive(holder.pid)
    if (isDead || now - seen.since > STALE_MS) {
      await breakLock(path, holder)
      continue
    }
    if (now > giveUpAt) return false
    await new Promise(resolve => setTimeout(resolve, POLL_MS * (0.5 + Math.random())))
  }
  return true
}

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(JSON.stringify(owner)).finally(() => file.close())
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Several may try at once; a lock that is not the one that was judged dead is put back. */
async function breakLock(path: string, holder: Owner | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}`
  try {
    await rename(path, aside)
    if ((await readOwner(aside))?.nonce !== holder?.nonce) await link(aside, path).catch(() => undefined)
    await unlink(aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Owner
    return typeof value.pid === 'number' && typeof value.nonce === 'string' ? value : undefined
  } catch {
    // Gone, or not written yet.
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date()
  await utimes(path, now, now).catch(() => undefined)
}
