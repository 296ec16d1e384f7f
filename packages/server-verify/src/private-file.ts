import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const MAX_BYTES = 64 * 1024 * 1024

/** Why a private file was not used: others can read it, or it is absurdly large. */
export class PrivateFileError extends Error {
  override readonly name = 'PrivateFileError' as const
  readonly code: 'file_permissions' | 'file_too_large'

  constructor(code: 'file_permissions' | 'file_too_large', message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Reads a file that others must not be able to read: the check that ssh makes of a private key. (Files of another
 * owner, such as mounted secrets of a container, are for that owner to protect; Windows has no such bits.)
 *
 * @throws PrivateFileError `file_permissions`, `file_too_large`
 * @throws the system's error when there is no such file, or it cannot be read
 */
export async function readPrivateFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { mode, uid, size } = await file.stat()
    if (process.getuid !== undefined && uid === process.getuid() && (mode & 0o077) !== 0) {
      const bits = (mode & 0o777).toString(8).padStart(4, '0')
      throw new PrivateFileError(
        'file_permissions',
        `${path} can be read by others (mode ${bits}), so it is not used. Run: chmod 600 ${quoteForShell(path)}`,
      )
    }
    if (size > MAX_BYTES) throw new PrivateFileError('file_too_large', `${path} is larger than 64 MiB.`)
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/**
 * Writes a file that only its owner can read (0600), whole or not at all: draft, fsync, rename, fsync of the folder.
 * A symbolic link at the name is replaced, not followed.
 *
 * @throws the system's error
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(dirname(path))
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is the best one gets.
  if (process.platform === 'win32') return
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } finally {
    await handle?.close()
  }
}

/** One word for a POSIX shell. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
