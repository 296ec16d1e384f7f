/** What a sink of batches needs. */
export interface LineBatchesOptions {
  /** Writes lines, in order. @param durable they must be on disk when it resolves */
  readonly write: (lines: readonly string[], durable: boolean) => Promise<void>
  /** Lines that nobody waits for are taken at once while fewer characters than this are in memory. 0: everybody waits. */
  readonly buffer: number
  /** The most lines of one batch. */
  readonly maxLines: number
  /** After a failure everything is refused for so long, ms, so that a broken disk is not asked for each request. */
  readonly retryMs: number
  /** A write that takes longer, ms, has failed. Default: it may take for ever. */
  readonly timeoutMs?: number | undefined
}

interface Waiting {
  /** Number of the line, counted from the start. */
  readonly line: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * Lines on their way to a slow place: one batch is written at a time, and meanwhile the next one gathers, so that many
 * requests share one write and one sync. When a batch fails, everything that was handed over up to then fails with it
 * (its lines would stand after a hole), and the next line is told even when all before were taken at once.
 */
export class LineBatches {
  readonly #options: LineBatchesOptions
  #lines: string[] = []
  #length = 0
  #added = 0
  #written = 0
  /** Number of the last line that must be on disk. */
  #durable = 0
  #waiting: Waiting[] = []
  #busy: Promise<void> | undefined
  #failure: { readonly error: unknown; readonly until: number; told: boolean } | undefined

  constructor(options: LineBatchesOptions) {
    this.#options = options
  }

  /** @throws what the last write failed with, while that is not over */
  add(line: string, durable: boolean): void | Promise<void> {
    const failure = this.#failure
    if (failure !== undefined) {
      if (!failure.told || performance.now() < failure.until) {
        failure.told = true
        throw failure.error
      }
      this.#failure = undefined
    }
    this.#lines.push(line)
    this.#length += line.length
    this.#added++
    if (durable) this.#durable = this.#added
    this.#busy ??= this.#run()
    if (!durable && this.#length < this.#options.buffer) return
    const number = this.#added
    return new Promise((resolve, reject) => this.#waiting.push({ line: number, resolve, reject }))
  }

  /** Resolves when nothing is under way; rejects when the last batch failed and nobody has been told. */
  async settled(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy
    const failure = this.#failure
    if (failure === undefined || failure.told) return
    failure.told = true
    throw failure.error
  }

  async #run(): Promise<void> {
    // What comes in the same turn shares a batch.
    await undefined
    try {
      while (this.#lines.length > 0) {
        const lines = this.#lines.splice(0, this.#options.maxLines)
        await this.#write(lines, this.#durable > this.#written)
        this.#written += lines.length
        for (const line of lines) this.#length -= line.length
        while (this.#waiting.length > 0 && this.#waiting[0]!.line <= this.#written)
          this.#waiting.shift()!.resolve()
      }
    } catch (error) {
      this.#fail(error)
    }
    this.#busy = undefined
  }

  async #write(lines: readonly string[], durable: boolean): Promise<void> {
    const { write, timeoutMs } = this.#options
    const written = write(lines, durable)
    if (timeoutMs === undefined) return written
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      const error = new Error(`The audit store has not answered for ${timeoutMs} ms.`)
      timer = setTimeout(reject, timeoutMs, error)
    })
    await Promise.race([written, late]).finally(() => clearTimeout(timer))
  }

  #fail(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#lines = []
    this.#length = 0
    this.#written = this.#added
    this.#failure = { error, until: performance.now() + this.#options.retryMs, told: waiting.length > 0 }
    for (const { reject } of waiting) reject(error)
  }
}
