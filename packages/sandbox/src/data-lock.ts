import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Removing takes microseconds: who is at it for so long was killed in the middle. */
const ABANDONED_MS = 10_000

/** Another process has the folder open. */
export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError' as const

  constructor(folder: string, pid: string) {
    super(
      `The data folder ${folder} is in use by the sandbox with process id ${pid}. Stop that one, or choose another --data-dir.`,
    )
  }
}

/**
 * Takes the folder for this process. The embedded database has no lock of its own that holds between processes, and
 * two of them in one folder destroy it. A lock whose process is gone (kill -9) is taken over.
 *
 * @returns gives the folder back
 * @throws DataDirInUseError
 */
export function lockDataDir(folder: string): () => void {
  const file = join(folder, 'lock')
  const own = `${process.pid} ${startTimeOf(process.pid)}\n`
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      create(file, own)
      return () => {
        if (read(file) === own) rmSync(file, { force: true })
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
    const found = read(file)
    if (found === undefined) continue
    const [pid = '', startTime = ''] = found.trim().split(' ')
    if (isRunning(pid, startTime)) throw new DataDirInUseError(folder, pid)
    removeStale(file, found)
  }
  throw new DataDirInUseError(folder, 'unknown')
}

/** A link appears with its content, or not at all. @throws the system's error, `EEXIST` among them */
function create(file: string, content: string): void {
  const own = `${file}.${process.pid}`
  writeFileSync(own, content, { mode: 0o600 })
  try {
    linkSync(own, file)
  } finally {
    rmSync(own, { force: true })
  }
}

/**
 * Removes the lock that was read, and never a newer one that came into its place meanwhile: one process at a time removes,
 * so that nothing can change between reading and removing.
 */
function removeStale(file: string, stale: string): void {
  const turn = `${file}.removing`
  try {
    writeFileSync(turn, '', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    if (ageOf(turn) > ABANDONED_MS) rmSync(turn, { force: true })
    return
  }
  try {
    if (read(file) === stale) rmSync(file, { force: true })
  } finally {
    rmSync(turn, { force: true })
  }
}

function ageOf(file: string): number {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
}

function isRunning(pid: string, startTime: string): boolean {
  const number = Number(pid)
  if (!Number.isSafeInteger(number) || number < 1) return false
  // A container's processes get the same ids at every start: only the start time tells a new one from the old.
  const actual = startTimeOf(number)
  if (actual !== '' && startTime !== '') return actual === startTime
  if (number === process.pid) return false
  try {
    process.kill(number, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process started, in the kernel's own count; empty where there is no /proc. */
function startTimeOf(pid: number): string {
  const stat = read(`/proc/${pid}/stat`)
  // The second field is the program's name and may hold anything: count from the last ")".
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
