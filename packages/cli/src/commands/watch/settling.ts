import type { DroppedFile } from '../../push/drop-folder.js'

interface Look {
  readonly size: number
  readonly mtimeMs: number
  readonly since: number
}

/** Tells when a file has stopped growing: size and time of change the same for long enough, by our own clock. */
export class Settling {
  readonly #settleMs: number
  #looks = new Map<string, Look>()

  constructor(settleMs: number) {
    this.#settleMs = settleMs
  }

  /** No file is being waited for. */
  get isEmpty(): boolean {
    return this.#looks.size === 0
  }

  /**
   * @param now milliseconds of a clock that is never set
   * @returns the files that are complete, in their order; they are not waited for any more
   */
  look(files: readonly DroppedFile[], now: number): readonly DroppedFile[] {
    const looks = new Map<string, Look>()
    const ready = files.filter(file => {
      const before = this.#looks.get(file.name)
      const same = before !== undefined && before.size === file.size && before.mtimeMs === file.mtimeMs
      const since = same ? before.since : now
      if (file.trigger !== undefined || (now - since >= this.#settleMs && (same || this.#settleMs === 0)))
        return true
      looks.set(file.name, { size: file.size, mtimeMs: file.mtimeMs, since })
      return false
    })
    this.#looks = looks
    return ready
  }
}
