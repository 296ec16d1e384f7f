import { type Timers, Wakeup } from './wakeup.js'

/**
 * Outcomes on their way to the consumer, and the bound on rows that are held: a row counts from the moment it is read to
 * the moment its outcome is consumed. That is what slows the source down when the API or the consumer is slow.
 */
export class RowBudget<Outcome> {
  readonly #max: number
  #outcomes: Outcome[] = []
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

  /** All outcomes that are known. Each one still counts until it is released. */
  takeAll(): readonly Outcome[] {
    const all = this.#outcomes
    this.#outcomes = []
    return all
  }

  /** One outcome has reached the consumer. */
  release(): void {
    this.#held--
  }

  /** Lets the reader go on, if there is room. Not for every row: batches are to be full. */
  refill(): void {
    this.#reader.wake()
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
