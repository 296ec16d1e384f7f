import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'
import { quoteForShell } from './private-file.js'
import { removeStaleLock } from './remove-stale-lock.js'

const PATIENCE_MS = 10_000
/** Changing settings takes milliseconds: a lock of another machine that is so old has no owner. */
const STALE_MS = 5000
const POLL_MS = 15

/**
 * Changes the settings while no other process does: reading, changing and writing are one step, or a profile that was
 * added at the same time would be lost.
 *
 * @throws CliError `settings_locked` (exit 8), `settings_unwritable` (exit 10), and what `work` throws
 */
export async function withSettingsLock<T>(settingsFile: string, work: () => Promise<T>): Promise<T> {
  const path = `${settingsFile}.lock`
  const self = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    nonce: randomBytes(8).toString('hex'),
  })
  const until = performance.now() + PATIENCE_MS
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(error => {
    throw createUnwritableError(path, error)
  })
  while (!(await create(path, self))) {
    if (await breakIfStale(path)) continue
    if (performance.now() > until) {
      throw new CliError('settings_locked', EXIT.locked, `${path} is held by another partner-cli.`, {
        next: `run the command again; if no other one runs: rm ${quoteForShell(path)}`,
      })
    }
    await delay(POLL_MS * (0.5 + Math.random()))
  }
  try {
    return await work()
  } finally {
    if ((await readText(path)) === self) await unlink(path).catch(() => {})
  }
}

async function create(path: string, self: string): Promise<boolean> {
  const own = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const file = await open(own, 'wx', 0o600)
    await file.writeFile(self).finally(() => file.close())
    // A link appears with its content, or not at all.
    await link(own, path)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw createUnwritableError(path, error)
  } finally {
    await rm(own, { force: true })
  }
}

/** @returns whether it is worth to try again at once */
async function breakIfStale(path: string): Promise<boolean> {
  const text = await readText(path)
  if (text === undefined) return true
  const touched = (await stat(path).catch(() => undefined))?.mtimeMs
  if (touched === undefined) return true
  if (!isDead(text) && Date.now() - touched < STALE_MS) return false
  await removeStaleLock(path, text).catch(error => {
    throw createUnwritableError(path, error)
  })
  return true
}

function isDead(text: string): boolean {
  try {
    const { pid, host } = JSON.parse(text) as { pid: number; host: string }
    if (host !== hostname()) return false
    process.kill(pid, 0)
    return false
  } catch (error) {
    // EPERM: it lives, under another user.
    return systemErrorCode(error) === 'ESRCH'
  }
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

function createUnwritableError(path: string, cause: unknown): CliError {
  const fault = systemErrorCode(cause) ?? 'unknown error'
  return new CliError('settings_unwritable', EXIT.environment, `${path} cannot be written (${fault}).`, {
    next: 'check the folder and the disk, or name another place with --config-dir',
    cause,
  })
}
