import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, constants, copyFile, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import type { InputRow, InputShape } from './input-row.js'
import { formatReject, formatRejectsEnd, formatRejectsStart } from './reject-format.js'
import type { Rejection } from './rejection.js'

/** Takes rejected rows as they come. They stand in a file of the run first, and beside the input once it is complete. */
export interface RejectsFile {
  /** Where {@link publish} puts it. */
  readonly path: string
  /** True once a row was written. */
  readonly started: boolean
  append(row: InputRow, rejection: Rejection): Promise<void>
  /** Ends the file and puts it in its place. @returns its path, or undefined when no row was rejected */
  publish(): Promise<string | undefined>
  close(): Promise<void>
}

/** Where the rejects of an input go. */
export interface RejectsPlace {
  /** `--rejects PATH` */
  readonly chosen?: string | undefined
  /** The input's path; absent for standard input. */
  readonly inputPath?: string | undefined
  readonly shape: InputShape
  readonly stateDirectory: string
  readonly runId: string
}

/**
 * `--rejects PATH`, else `FILE.rejects.csv` beside the file, else (standard input, a folder that cannot be written to) in
 * the state directory. A rejects file that is pushed again gets its rejects back. Checked before anything is sent.
 *
 * @throws CliError `rejects_is_input` (exit 2), `rejects_unwritable` (exit 10)
 */
export async function chooseRejectsPath(place: RejectsPlace): Promise<string> {
  const { chosen, inputPath, shape, stateDirectory, runId } = place
  if (chosen !== undefined) {
    if (inputPath !== undefined && resolve(chosen) === resolve(inputPath)) {
      throw new CliError('rejects_is_input', EXIT.usage, '--rejects names the input file itself.', {
        next: 'give another path',
      })
    }
    const fault = await findWriteFault(dirname(resolve(chosen)))
    if (fault !== undefined) throw createUnwritableError(chosen, fault)
    return chosen
  }
  const suffix = `.rejects.${shape.format}`
  if (inputPath !== undefined && (await findWriteFault(dirname(resolve(inputPath)))) === undefined) {
    return inputPath.endsWith(suffix) ? inputPath : `${inputPath}${suffix}`
  }
  const folder = join(stateDirectory, 'rejects')
  const name = inputPath === undefined ? 'stdin' : basename(inputPath)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw createUnwritableError(folder, systemErrorCode(error) ?? 'unknown error')
  }
  return join(folder, `${name}.${runId}${suffix}`)
}

/** What a rejects file is made of. */
export interface RejectsOptions {
  readonly path: string
  /** Where it grows until it is published; kept there when it is `runs/…`, so that `runs rejects` finds it. */
  readonly staging: string
  readonly keepStaging: boolean
  readonly shape: InputShape
  readonly byteOrderMark: boolean
  /** Permission bits of the input, which the copy of its rows must not widen. */
  readonly mode: number
}

/**
 * A rejects file: the partner's own columns, delimiter, line end and encoding plus `_line,_code,_detail`; for JSON the same
 * three as members. Another file of that name is kept under `PATH.old`: it may hold corrections.
 */
export function createRejectsFile(options: RejectsOptions): RejectsFile {
  const { path, staging, keepStaging, shape, byteOrderMark, mode } = options
  let file: FileHandle | undefined
  // Rows come from the reader and from the answers at once; a file handle takes one write at a time.
  let last: Promise<unknown> = Promise.resolve()
  const start = async (): Promise<FileHandle> => {
    const opened = await open(staging, 'w', 0o600)
    await opened.write(formatRejectsStart(shape, byteOrderMark))
    file = opened
    return opened
  }
  const end = async (): Promise<void> => {
    await last
    const open = file
    file = undefined
    await open?.close()
  }
  let started = false
  return {
    path,
    get started() {
      return started
    },
    append: (row, rejection) => {
      const isFirst = !started
      started = true
      const written = last.then(async () => {
        await (file ?? (await start())).write(formatReject(shape, row, rejection, isFirst))
      })
      last = written.catch(() => {})
      return written.catch(error => {
        throw createUnwritableError(staging, systemErrorCode(error) ?? 'unknown error', error)
      })
    },
    publish: async () => {
      if (!started) return undefined
      try {
        await last
        await file?.write(formatRejectsEnd(shape))
        await file?.sync()
        await end()
        await putInPlace(staging, path, mode)
        if (!keepStaging) await rm(staging, { force: true })
      } catch (error) {
        throw createUnwritableError(path, systemErrorCode(error) ?? 'unknown error', error)
      }
      return path
    },
    close: async () => {
      await end()
      if (!keepStaging) await rm(staging, { force: true })
    },
  }
}

const KEPT_COPIES = 9

async function putInPlace(staging: string, path: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`)
  await copyFile(staging, temporary)
  const copy = await open(temporary, 'r+')
  await copy.chmod(mode).catch(() => {})
  await copy.sync()
  await copy.close()
  const [before, after] = [await hashFile(path), await hashFile(staging)]
  if (before !== undefined && before !== after) await rename(path, await findOldName(path))
  await rename(temporary, path)
}

async function findOldName(path: string): Promise<string> {
  for (let copy = 1; copy <= KEPT_COPIES; copy++) {
    const name = copy === 1 ? `${path}.old` : `${path}.old.${copy}`
    if ((await findFault(name, constants.F_OK)) === 'ENOENT') return name
  }
  return `${path}.old`
}

async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined
    throw error
  }
  return hash.digest('hex')
}

function findWriteFault(folder: string): Promise<string | undefined> {
  return findFault(folder, constants.W_OK)
}

async function findFault(path: string, mode: number): Promise<string | undefined> {
  try {
    await access(path, mode)
    return undefined
  } catch (error) {
    return systemErrorCode(error) ?? 'unknown error'
  }
}

function createUnwritableError(path: string, fault: string, cause?: unknown): CliError {
  return new CliError(
    'rejects_unwritable',
    EXIT.environment,
    `Rejected rows cannot be written to ${path} (${fault}).`,
    {
      next: 'name a place with --rejects PATH, or free some space',
      cause,
    },
  )
}
