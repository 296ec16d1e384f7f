import { access, constants, type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { REJECT_COLUMNS } from './column-map.js'
import type { InputRow, InputShape } from './input-row.js'

/** Why a row was rejected, as it stands in the rejects file. */
export interface Rejection {
  readonly code: string
  readonly detail: string
}

/** Takes rejected rows as they come; the file exists from the first one on. */
export interface RejectsFile {
  readonly path: string
  /** True once a row was written. */
  readonly started: boolean
  append(row: InputRow, rejection: Rejection): Promise<void>
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
 * the state directory. Checked before anything is sent.
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
    return `${inputPath}${suffix}`
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

/**
 * A rejects file: the partner's own columns, delimiter and line end plus `_line,_code,_detail`; for NDJSON the same three
 * as members. A file of that name that is already there is kept under `PATH.old`: it may hold corrections.
 *
 * @param mode permission bits of the input, which the copy of its rows must not widen
 */
export function createRejectsFile(path: string, shape: InputShape, mode: number): RejectsFile {
  let file: FileHandle | undefined
  // Rows come from the reader and from the answers at once; a file handle takes one write at a time.
  let last: Promise<unknown> = Promise.resolve()
  const start = async (): Promise<FileHandle> => {
    try {
      await rename(path, `${path}.old`)
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error
    }
    file = await open(path, 'wx', mode)
    await file.write(formatRejectsHeader(shape))
    return file
  }
  return {
    path,
    get started() {
      return file !== undefined
    },
    append: (row, rejection) => {
      const written = last.then(async () => {
        await (file ?? (await start())).write(formatReject(shape, row, rejection))
      })
      last = written.catch(() => {})
      return written.catch(error => {
        throw createUnwritableError(path, systemErrorCode(error) ?? 'unknown error', error)
      })
    },
    close: async () => {
      await last
      await file?.sync()
      await file?.close()
    },
  }
}

function formatRejectsHeader(shape: InputShape): string {
  if (shape.format === 'ndjson') return ''
  return `${shape.byteOrderMark ? '\ufeff' : ''}${formatRecord([...shape.columns, ...REJECT_COLUMNS], shape)}`
}

function formatReject(shape: InputShape, row: InputRow, { code, detail }: Rejection): string {
  const { line, original } = row
  if (shape.format === 'ndjson') {
    const members = typeof original === 'string' ? { _raw: original } : original
    return `${JSON.stringify({ ...members, _line: line, _code: code, _detail: detail })}\n`
  }
  const cells = original as readonly string[]
  const width = shape.columns.length
  const own = shape.columns.map((_, index) => cells[index] ?? '')
  return formatRecord([...own, String(line), code, detail, ...cells.slice(width)], shape)
}

function formatRecord(
  cells: readonly string[],
  { delimiter, lineEnd }: { readonly delimiter: string; readonly lineEnd: string },
): string {
  const quoted = cells.map(cell =>
    cell.includes(delimiter) || /["\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  )
  return `${quoted.join(delimiter)}${lineEnd}`
}

async function findWriteFault(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.W_OK)
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
