/** Time as the bulk engine sees it, so that a test can bring its own. */
export interface Timers {
  /** Milliseconds, monotonic. */
  now(): number
  /** @returns a function that calls it off */
  after(delayMs: number, callback: () => void): () => void
}

export const REAL_TIMERS: Timers = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/** One waiter, who sleeps until woken. A call of `wake` while nobody waits is not lost. */
export class Wakeup {
  readonly #timers: Timers
  #resume: (() => void) | undefined
  #woken = false

  constructor(timers: Timers) {
    this.#timers = timers
  }

  wait(delayMs?: number): Promise<void> {
    if (this.#woken) {
      this.#woken = false
      return Promise.resolve()
    }
    return new Promise(resolve => {
      const callOff = delayMs === undefined ? undefined : this.#timers.after(delayMs, () => this.#resume?.())
      this.#resume = () => {
        this.#resume = undefined
        callOff?.()
        resolve()
      }
    })
  }

  wake(): void {
    if (this.#resume === undefined) this.#woken = true
    else this.#resume()
  }
}
