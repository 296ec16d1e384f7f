import { link, mkdir, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { CliError, systemErrorCode } from '../errors.js'
import { EXIT } from '../exit-code.js'
import { describeProcess, isAlive } from './process-identity.js'

/** A file that lies in the folder and may be taken. */
export interface DroppedFile {
  readonly name: string
  readonly size: number
  readonly mtimeMs: number
  /** The file that says it is complete. */
  readonly trigger: string | undefined
}

/** A file that is ours. */
export interface ClaimedFile {
  readonly name: string
  readonly path: string
}

export interface DropFolderOptions {
  readonly directory: string
  readonly patterns: readonly string[]
  readonly requireOk: boolean
}

const KNOWN = ['.csv', '.tsv', '.txt', '.ndjson', '.jsonl', '.json', '.xlsx']
const UNFINISHED = /^(?:\.|~\$)|\.(?:tmp|part|filepart|crdownload|ok)$/i
/** Claims of another machine are ours when nobody has touched them for so long. */
const FOREIGN_SILENCE_MS = 15 * 60_000

/**
 * A folder that partners drop files into. Whoever renames a file into `processing/<host>.<pid>.<start>/` owns it: a rename
 * succeeds for one process only, on network file systems too.
 */
export class DropFolder {
  readonly #directory: string
  readonly #matches: (name: string) => boolean
  readonly #requireOk: boolean
  readonly #own: string

  constructor({ directory, patterns, requireOk }: DropFolderOptions) {
    this.#directory = directory
    this.#requireOk = requireOk
    const forms = patterns.map(toExpression)
    this.#matches =
      forms.length === 0
        ? name => KNOWN.includes(extname(name).toLowerCase())
        : name => forms.some(form => form.test(name))
    const { host, pid, startTime } = describeProcess()
    this.#own = join(directory, 'processing', `${host}.${pid}.${startTime ?? '0'}`)
  }

  /** Makes the folders of ours. @throws CliError `directory_unusable` (exit 10) */
  async prepare(): Promise<void> {
    try {
      if (!(await stat(this.#directory)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
      for (const name of ['done', 'failed']) await mkdir(join(this.#directory, name), { recursive: true })
      await mkdir(this.#own, { recursive: true })
    } catch (cause) {
      const fault = systemErrorCode(cause) ?? 'unknown error'
      throw new CliError(
        'directory_unusable',
        EXIT.environment,
        `The folder ${this.#directory} cannot be watched (${fault}).`,
        { next: 'check that it is there and that this user may write to it', cause },
      )
    }
  }

  /** Files that may be taken, the oldest first. */
  async list(): Promise<readonly DroppedFile[]> {
    const names = await readdir(this.#directory)
    const all = new Set(names)
    const files: DroppedFile[] = []
    for (const name of names) {
      if (UNFINISHED.test(name) || !this.#matches(name)) continue
      const bare = `${name.slice(0, name.length - extname(name).length)}.ok`
      const trigger = all.has(`${name}.ok`) ? `${name}.ok` : all.has(bare) ? bare : undefined
      if (this.#requireOk && trigger === undefined) continue
      const facts = await stat(join(this.#directory, name)).catch(() => undefined)
      if (facts?.isFile() === true) files.push({ name, size: facts.size, mtimeMs: facts.mtimeMs, trigger })
    }
    return files.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1))
  }

  /** Takes a file. @returns undefined when another process was quicker */
  async claim({ name, trigger }: DroppedFile): Promise<ClaimedFile | undefined> {
    const claimed = await this.#take(join(this.#directory, name), name)
    if (claimed !== undefined && trigger !== undefined)
      await rm(join(this.#directory, trigger), { force: true })
    return claimed
  }

  /** Takes over a file that a process left which is gone, to go on with it. @returns undefined when there is none */
  async adopt(): Promise<ClaimedFile | undefined> {
    const processing = join(this.#directory, 'processing')
    for (const owner of await readdir(processing)) {
      const folder = join(processing, owner)
      if (folder === this.#own || !(await isAbandoned(folder, owner))) continue
      for (const name of await readdir(folder).catch(() => [])) {
        const claimed = await this.#take(join(folder, name), name)
        // One at a time: two of them may have the same name.
        if (claimed !== undefined) return claimed
      }
      await rmdir(folder).catch(() => {})
    }
    return undefined
  }

  /** Puts a file back to where it was found; under another name if a new one of its name has come. */
  async giveBack({ name, path }: ClaimedFile): Promise<void> {
    const extension = extname(name)
    for (let copy = 1; ; copy++) {
      const free = copy === 1 ? name : `${basename(name, extension)}.${copy}${extension}`
      if (await moveTo(path, join(this.#directory, free))) return
    }
  }

  /** Where a file and what belongs to it go in the end; the name gets the id of the run, so that none is overwritten. */
  placeOf(kind: 'done' | 'failed', { name }: ClaimedFile, runId: string): string {
    const extension = extname(name)
    return join(this.#directory, kind, `${basename(name, extension)}.${runId}${extension}`)
  }

  /** Where the rejects of a file grow until it is known where the file goes. */
  rejectsOf({ name }: ClaimedFile): string {
    return join(this.#directory, 'failed', `.${name}.rejects`)
  }

  /** Shows other machines that the claims of this process are alive. */
  async beat(): Promise<void> {
    const now = new Date()
    await utimes(this.#own, now, now).catch(() => {})
  }

  async close(): Promise<void> {
    await rmdir(this.#own).catch(() => {})
  }

  async #take(from: string, name: string): Promise<ClaimedFile | undefined> {
    const path = join(this.#own, name)
    try {
      await mkdir(this.#own, { recursive: true })
      await rename(from, path)
      return { name, path }
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

/** Renames, but never over another file. @returns false when there is one */
async function moveTo(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    await rm(from)
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
  }
  // No links on this file system: look first.
  if ((await stat(to).catch(() => undefined)) !== undefined) return false
  await rename(from, to)
  return true
}

async function isAbandoned(folder: string, owner: string): Promise<boolean> {
  const match = /^(.+)\.(\d+)\.(\w+)$/.exec(owner)
  if (match === null) return false
  const [, host, pid, startTime] = match
  if (host === describeProcess().host) {
    return !isAlive({ pid: Number(pid), host, startTime: startTime === '0' ? null : startTime!, boot: null })
  }
  const facts = await stat(folder).catch(() => undefined)
  return facts !== undefined && Date.now() - facts.mtimeMs > FOREIGN_SILENCE_MS
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${escaped}$`, process.platform === 'win32' ? 'i' : '')
}
