/** Reads a source row by row; a stop ends even a wait for a row that never comes. */
export class InputReader<Input> {
  readonly #iterator: Iterator<Input> | AsyncIterator<Input>
  readonly #isAsync: boolean
  #interrupt: (() => void) | undefined
  #stopped = false
  #ended = false

  constructor(source: Iterable<Input> | AsyncIterable<Input>) {
    this.#isAsync = Symbol.asyncIterator in source
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  }

  /** The next row, or undefined at the end of the source or when stopped. @throws what the source throws */
  async next(): Promise<{ readonly row: Input } | undefined> {
    if (this.#stopped || this.#ended) return undefined
    try {
      const result = this.#isAsync ? await this.#interruptible() : (this.#iterator as Iterator<Input>).next()
      if (result !== undefined && result.done !== true) return { row: result.value }
      this.#ended = result !== undefined
    } catch (error) {
      this.#ended = true
      throw error
    }
    return undefined
  }

  stop(): void {
    this.#stopped = true
    this.#interrupt?.()
  }

  /** Lets the source clean up, if it has not ended by itself. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    // Not awaited: a generator that waits for its own source answers only when that one does.
    Promise.resolve(this.#iterator.return?.()).catch(() => undefined)
  }

  #interruptible(): Promise<IteratorResult<Input> | undefined> {
    return new Promise((resolve, reject) => {
      this.#interrupt = () => resolve(undefined)
      ;(this.#iterator as AsyncIterator<Input>).next().then(resolve, reject)
    })
  }
}
