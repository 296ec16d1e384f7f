import { type Timers, Wakeup } from './wakeup.js'

/**
 * Outcomes on their way to the consumer, and the bound on rows that are held: a row counts from the moment it is read to
 * the moment its outcome is consumed. That is what slows the source down when the API or the consumer is slow.
 */
export class RowBudget<Outcome> {
  readonly #max: number
  readonly #outcomes: Outcome[] = []
  readonly #consumer: Wakeup
  readonly #reader: Wakeup
  #held = 0

  constructor(max: number, timers: Timers) {
    this.#max = max
    this.#consumer = new Wakeup(timers)
    this.#reader = new Wakeup(timers)
  }

  get hasRoom(): boolean {
    return this.#held < this.#max
  }

  /** Counts a row that was read. */
  hold(): void {
    this.#held++
  }

  put(outcome: Outcome): void {
    this.#outcomes.push(outcome)
    this.#consumer.wake()
  }

  take(): Outcome | undefined {
    const outcome = this.#outcomes.shift()
    if (outcome === undefined) return undefined
    this.#held--
    this.#reader.wake()
    return outcome
  }

  waitForOutcome(): Promise<void> {
    return this.#consumer.wait()
  }

  waitForRoom(): Promise<void> {
    return this.#reader.wait()
  }

  /** Ends both waits. */
  wake(): void {
    this.#consumer.wake()
    this.#reader.wake()
  }
}
