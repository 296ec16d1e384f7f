import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
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
  /** The private copy of what could not be read twice; removed by `close` unless someone moved it away. */
  readonly copy: string | undefined
  /** The bytes from the beginning, each time it is called. */
  chunks(): AsyncIterable<Buffer>
  close(): Promise<void>
}

/**
 * Opens `-f FILE` or `-f -`. What cannot be read twice (standard input, a pipe) is first copied to a private file in
 * `spoolFolder`: the promise that exit 6 means "nothing was sent" needs the end of the input before the first
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
  if (path === '-') return createSpooled('standard input', await spool(stdin(), spoolFolder, signal))
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
    return createSpooled(path, await spool(handle.createReadStream(), spoolFolder, signal))
  } finally {
    await handle.close()
  }
}

async function createInput(
  name: string,
  handle: FileHandle,
  path: string | undefined,
  copy?: string,
): Promise<InputFile> {
  const { mode, size } = await handle.stat()
  return {
    name,
    path,
    // Whoever corrects the rejects of a read-only file has to write.
    mode: (mode & 0o666) | 0o600,
    size,
    copy,
    chunks: () => readFromStart(handle, name),
    close: async () => {
      await handle.close()
      if (copy !== undefined) await rm(copy, { force: true })
    },
  }
}

interface Spooled {
  readonly handle: FileHandle
  readonly path: string
}

function createSpooled(name: string, { handle, path }: Spooled): Promise<InputFile> {
  return createInput(name, handle, undefined, path)
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

async function spool(source: Readable, folder: string, signal: AbortSignal): Promise<Spooled> {
  let handle: FileHandle | undefined
  const path = join(folder, `spool-${randomBytes(8).toString('hex')}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeAbandoned(folder)
    handle = await open(path, 'wx+', 0o600)
    for await (const chunk of addAbortSignal(signal, source)) await handle.write(chunk as Buffer)
    return { handle, path }
  } catch (error) {
    await handle?.close()
    await rm(path, { force: true }).catch(() => {})
    signal.throwIfAborted()
    throw new CliError(
      'spool_unwritable',
      EXIT.environment,
      `Standard input could not be kept in ${folder} (${systemErrorCode(error) ?? 'unknown error'}). Nothing was sent.`,
      { next: 'free some space, or set PARTNER_STATE_DIR to a folder you can write to', cause: error },
    )
  }
}

const ABANDONED_MS = 24 * 3_600_000

/** Copies of processes that were killed before they began a run. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^spool-[0-9a-f]{16}$/.test(name)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { force: true })
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
