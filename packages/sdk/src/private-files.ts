import { randomUUID } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { lstat, mkdir, open, rename, unlink } from 'node:fs/promises'

const MAX_BYTES = 256 * 1024

/**
 * Makes a directory that only its owner can look into, or checks that it is one.
 *
 * @returns what is wrong with it; undefined: nothing
 */
export async function preparePrivateDirectory(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const stats = await lstat(path)
    if (!stats.isDirectory()) return `${path} is no directory`
    return describeExposure(path, stats)
  } catch (error) {
    return `${path} cannot be used (${(error as NodeJS.ErrnoException).code})`
  }
}

/**
 * Reads a file that is this user's alone. No link is followed, and what is checked is what is read.
 *
 * @returns undefined when there is none, or one that others can read or may have written
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const stats = await file.stat()
      if (!stats.isFile() || stats.size > MAX_BYTES || describeExposure(path, stats) !== undefined)
        return undefined
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch {
    return undefined
  }
}

/** Replaces a file as a whole: a reader sees the old text or the new one, also after a power cut. Mode 0600. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

function describeExposure(path: string, stats: Stats): string | undefined {
  // Windows has neither owners nor modes in this sense; its profile directories are private by their access lists.
  if (process.getuid === undefined) return undefined
  if (stats.uid !== process.getuid()) return `${path} belongs to another user`
  if ((stats.mode & 0o077) === 0) return undefined
  return `${path} is open to other users (mode ${(stats.mode & 0o777).toString(8)}). Run: chmod go= ${path}`
}
