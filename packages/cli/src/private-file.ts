import { randomBytes } from 'node:crypto'
import { chmod, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'

const MAX_BYTES = 64 * 1024

/**
 * Reads a small file that holds a secret, after the check that ssh makes of a private key: a file of ours that group or
 * others can read is refused, with the command that repairs it. (Files of another owner, such as mounted secrets of a
 * container, are for that owner to protect.) Windows has no such bits and is not checked.
 *
 * @param what names the file in messages, such as `PARTNER_SECRET_FILE`
 * @param options `mounted`: by the machine, whose modes are not the user's to set
 * @throws CliError `secret_file_unreadable`, `secret_file_permissions`, `secret_file_too_large`, all exit 2
 */
export async function readPrivateFile(
  path: string,
  what: string,
  options: { readonly mounted?: boolean } = {},
): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const { mode, uid, size } = await file.stat()
    const isOurs = options.mounted !== true && process.getuid !== undefined && uid === process.getuid()
    if (isOurs && (mode & 0o077) !== 0) {
      throw new CliError(
        'secret_file_permissions',
        EXIT.usage,
        `${what} ${path} can be read by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}), so it is not used.`,
        { next: `chmod 600 ${quoteForShell(path)}` },
      )
    }
    if (size > MAX_BYTES) {
      throw new CliError('secret_file_too_large', EXIT.usage, `${what} ${path} is larger than 64 KiB.`, {
        next: 'point it at a file that holds only the secret',
      })
    }
    return await file.readFile('utf8')
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(
      'secret_file_unreadable',
      EXIT.usage,
      `${what} ${path} cannot be read (${systemErrorCode(error) ?? 'unknown error'}).`,
      { next: 'check the path and who owns the file', cause: error },
    )
  } finally {
    await file?.close()
  }
}

/**
 * Writes a file that only its owner can read, whole or not at all: temporary file, fsync, rename, fsync of the folder.
 *
 * @throws the system's error when the folder or file cannot be written
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // The umask can only take bits away, but a file system without modes may add some.
    await chmod(temporary, 0o600)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** Makes names in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there the rename itself is the best one gets.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** One word for a POSIX shell. */
export function quoteForShell(word: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
