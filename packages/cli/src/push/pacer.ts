import { setTimeout as delay } from 'node:timers/promises'

/** Lets so many rows through in a second, in bursts of about a batch, so that batches stay full. */
export class Pacer {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAt: number

  /** @param perSecond rows */
  constructor(perSecond: number, batchSize: number) {
    this.#perSecond = perSecond
    this.#burst = Math.max(1, Math.min(batchSize, perSecond))
    this.#tokens = this.#burst
    this.#filledAt = performance.now()
  }

  /** Waits until one more row may go. @throws the reason of `signal` */
  async take(signal: AbortSignal): Promise<void> {
    if (this.#tokens < 1) {
      const needed = this.#burst - this.#tokens
      const due = this.#filledAt + (needed * 1000) / this.#perSecond
      while (performance.now() < due) {
        await delay(due - performance.now(), undefined, { signal }).catch(() => signal.throwIfAborted())
      }
      this.#tokens = this.#burst
      this.#filledAt = due
    }
    this.#tokens--
  }
}
