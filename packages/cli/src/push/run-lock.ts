import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { quoteForShell } from '../private-file.js'
import { removeStaleLock } from '../remove-stale-lock.js'
import { describeProcess, isAlive, type ProcessIdentity } from './process-identity.js'

/** Held while a run sends; a second one of the same credential would overtake it. */
export interface RunLock {
  release(): Promise<void>
}

/** What is locked and how long to wait. */
export interface LockOptions {
  readonly stateDirectory: string
  /** What the lock is about: platform and credential. */
  readonly target: readonly string[]
  readonly runId: string
  /** Milliseconds; 0: do not wait. */
  readonly waitMs: number
  readonly signal: AbortSignal
  /** Told once, when there is something to wait for. */
  readonly onWait: (holder: string) => Promise<void>
}

interface Holder extends ProcessIdentity {
  readonly runId: string
  readonly since: string
}

/** File systems that know no links: the content then comes a moment after the name. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])
const POLL_MS = 200
const BEAT_MS = 10_000
/** Of another machine nothing is known but the heartbeat. */
const FOREIGN_SILENCE_MS = 120_000

/**
 * Takes the lock. A lock whose process is gone is taken over at once: on this machine by process id, start time and boot,
 * elsewhere when its heartbeat has been silent for two minutes.
 *
 * @throws CliError `locked` (exit 8), `lock_unwritable` (exit 10), or the reason of `signal`
 */
export async function takeRunLock(options: LockOptions): Promise<RunLock> {
  const { stateDirectory, target, runId, waitMs, signal, onWait } = options
  const name = createHash('sha256').update(JSON.stringify(target)).digest('hex').slice(0, 24)
  const path = join(stateDirectory, 'locks', `${name}.lock`)
  const self = JSON.stringify({
    ...describeProcess(),
    runId,
    since: new Date().toISOString(),
  } satisfies Holder)
  const until = Date.now() + waitMs
  let told = false
  for (;;) {
    signal.throwIfAborted()
    const holder = await tryLock(path, self)
    if (holder === undefined) return hold(path, self)
    if (Date.now() >= until) throw createLockedError(path, holder, waitMs)
    if (!told) await onWait(describeHolder(holder))
    told = true
    await delay(Math.min(POLL_MS, Math.max(1, until - Date.now())), undefined, { signal }).catch(() => {})
  }
}

/** Ids of the runs that are under way now. */
export async function listRunning(stateDirectory: string): Promise<ReadonlySet<string>> {
  const folder = join(stateDirectory, 'locks')
  const names = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.lock'))
  const running = new Set<string>()
  for (const path of names.map(name => join(folder, name))) {
    const holder = parseHolder(await readFile(path, 'utf8').catch(() => ''))
    if (holder !== undefined && (await isHeld(path, holder))) running.add(holder.runId)
  }
  return running
}

/** @returns who holds it, or undefined: we do */
async function tryLock(path: string, self: string): Promise<Holder | undefined> {
  const own = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
    const file = await open(own, 'wx', 0o600)
    await file.writeFile(self)
    await file.close()
  } catch (error) {
    throw createUnwritableError(path, error)
  }
  try {
    for (;;) {
      try {
        // A link appears with its content, or not at all.
        await link(own, path).catch(async error => {
          if (!NO_LINKS.has(systemErrorCode(error) ?? '')) throw error
          await writeFile(path, self, { flag: 'wx', mode: 0o600 })
        })
        return undefined
      } catch (error) {
        if (systemErrorCode(error) !== 'EEXIST') throw createUnwritableError(path, error)
      }
      const text = await readFile(path, 'utf8').catch(() => undefined)
      if (text === undefined) continue
      const holder = parseHolder(text)
      if (holder === undefined && (await isFresh(path))) continue
      if (holder !== undefined && (await isHeld(path, holder))) return holder
      await removeStaleLock(path, text).catch(error => {
        throw createUnwritableError(path, error)
      })
    }
  } finally {
    await rm(own, { force: true })
  }
}

async function isHeld(path: string, holder: Holder): Promise<boolean> {
  if (holder.host === hostname()) return isAlive(holder)
  const beat = await stat(path).catch(() => undefined)
  return beat !== undefined && Date.now() - beat.mtimeMs < FOREIGN_SILENCE_MS
}

/** Just made: its content may still come. */
async function isFresh(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  if (facts === undefined || Date.now() - facts.mtimeMs > 5000) return false
  await delay(20)
  return true
}

function hold(path: string, self: string): RunLock {
  const beat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, BEAT_MS)
  beat.unref()
  return {
    release: async () => {
      clearInterval(beat)
      const text = await readFile(path, 'utf8').catch(() => undefined)
      if (text === self) await unlink(path).catch(() => {})
    },
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    return typeof holder.pid === 'number' && typeof holder.host === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

function describeHolder({ pid, host, runId, since }: Holder): string {
  return `${pid}@${host} (run ${runId}, since ${since})`
}

function createLockedError(path: string, holder: Holder, waitMs: number): CliError {
  const waited = waitMs > 0 ? ` It did not end within ${Math.round(waitMs / 1000)} s.` : ''
  const foreign =
    holder.host === hostname() ? '' : `; if that machine is gone for good: rm ${quoteForShell(path)}`
  return new CliError(
    'locked',
    EXIT.locked,
    `Another run is pushing with this credential: ${describeHolder(holder)}.${waited} Nothing was sent.`,
    { next: `wait for it with --wait-lock 10m, or run the same command again later${foreign}` },
  )
}

function createUnwritableError(path: string, cause: unknown): CliError {
  const fault = systemErrorCode(cause) ?? 'unknown error'
  return new CliError(
    'lock_unwritable',
    EXIT.environment,
    `The lock ${path} cannot be written (${fault}). Nothing was sent.`,
    {
      next: 'set PARTNER_STATE_DIR to a folder you can write to, then run the same command again',
      cause,
    },
  )
}
