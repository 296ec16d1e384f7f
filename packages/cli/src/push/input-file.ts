import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { createInputError } from './input-error.js'

/** An input that can be read twice: once to see that it is sound as a whole, once to send it. */
export interface InputFile {
  /** As the user named it; `standard input` for `-`. */
  readonly name: string
  /** The path beside which the rejects file belongs; absent for standard input and pipes. */
  readonly path: string | undefined
  /** Permission bits, for the rejects file. */
  readonly mode: number
  readonly size: number
  /** The bytes from the beginning, each time it is called. */
  chunks(): AsyncIterable<Buffer>
  close(): Promise<void>
}

/**
 * Opens `-f FILE` or `-f -`. What cannot be read twice (standard input, a pipe) is first copied to a private file without
 * a name in `spoolFolder`: the promise that exit 6 means "nothing was sent" needs the end of the input before the first
 * row goes out.
 *
 * @throws CliError `file_unreadable` (exit 6), `spool_unwritable` (exit 10)
 */
export async function openInputFile(
  path: string,
  stdin: () => Readable,
  spoolFolder: string,
  signal: AbortSignal,
): Promise<InputFile> {
  if (path === '-') return createInput('standard input', await spool(stdin(), spoolFolder, signal), undefined)
  let handle: FileHandle
  try {
    handle = await open(path, 'r')
    if ((await handle.stat()).isDirectory()) {
      await handle.close()
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    }
  } catch (error) {
    throw createInputError(
      'file_unreadable',
      describeOpenFault(path, error),
      'check the path and its permissions',
      error,
    )
  }
  if ((await handle.stat()).isFile()) return createInput(path, handle, path)
  try {
    return createInput(path, await spool(handle.createReadStream(), spoolFolder, signal), undefined)
  } finally {
    await handle.close()
  }
}

async function createInput(name: string, handle: FileHandle, path: string | undefined): Promise<InputFile> {
  const { mode, size } = await handle.stat()
  return {
    name,
    path,
    mode: mode & 0o666,
    size,
    chunks: () => readFromStart(handle, name),
    close: () => handle.close(),
  }
}

async function* readFromStart(handle: FileHandle, name: string): AsyncGenerator<Buffer> {
  try {
    yield* handle.createReadStream({ start: 0, autoClose: false }) as AsyncIterable<Buffer>
  } catch (error) {
    if (systemErrorCode(error) === undefined || error instanceof CliError) throw error
    throw createInputError(
      'file_unreadable',
      describeOpenFault(name, error),
      'check the disk and run it again',
      error,
    )
  }
}

async function spool(source: Readable, folder: string, signal: AbortSignal): Promise<FileHandle> {
  let handle: FileHandle | undefined
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, `spool-${randomBytes(8).toString('hex')}`)
    handle = await open(path, 'wx+', 0o600)
    // Without a name it is gone as soon as this process is, however it ends.
    await rm(path)
    for await (const chunk of addAbortSignal(signal, source)) await handle.write(chunk as Buffer)
    return handle
  } catch (error) {
    await handle?.close()
    signal.throwIfAborted()
    throw new CliError(
      'spool_unwritable',
      EXIT.environment,
      `Standard input could not be kept in ${folder} (${systemErrorCode(error) ?? 'unknown error'}). Nothing was sent.`,
      { next: 'free some space, or set PARTNER_STATE_DIR to a folder you can write to', cause: error },
    )
  }
}

function describeOpenFault(path: string, error: unknown): string {
  const code = systemErrorCode(error)
  const fault =
    code === 'ENOENT'
      ? 'does not exist'
      : code === 'EISDIR'
        ? 'is a directory'
        : code === 'EACCES'
          ? 'may not be read by this user'
          : `cannot be read (${code ?? 'unknown error'})`
  return `${path} ${fault}. Nothing was sent.`
}
