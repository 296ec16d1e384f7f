import type { Batch, BatchAnswer, LaneOutcome } from './batch-answer.js'
import type { LaneItem } from './batcher.js'
import { OrderLane } from './order-lane.js'
import type { LaneFailure, OrderLanesOptions } from './order-lanes-options.js'
import type { SendRate } from './send-rate.js'
import { type Timers, Wakeup } from './wakeup.js'

/** What all lanes of a push share. */
export interface LaneSurroundings<Item extends LaneItem, Decision, Failure extends LaneFailure> {
  readonly options: Pick<
    OrderLanesOptions<never, Item, Decision, Failure, never>,
    'send' | 'patience' | 'onThrottled'
  >
  readonly timers: Timers
  readonly rate: SendRate
  /** Cancels what is under way. */
  readonly cancel: AbortSignal
  readonly put: (outcome: LaneOutcome<Item, Decision, Failure>) => void
  /** Ends the push. */
  readonly fail: (reason: unknown) => void
  /** Rows in one request; falls when the server says that they are too many. */
  batchLimit: number
  inputEnded: boolean
  stopped: boolean
}

/** One lane at work: takes batches, sends one at a time at the common rate, and takes in what came of it. */
export class LaneRunner<Item extends LaneItem, Decision, Failure extends LaneFailure> {
  readonly #shared: LaneSurroundings<Item, Decision, Failure>
  readonly #state: OrderLane<Item, Decision, Failure>
  readonly #wakeup: Wakeup
  /** Batches that are not full go as well. */
  #flush = false

  constructor(shared: LaneSurroundings<Item, Decision, Failure>) {
    this.#shared = shared
    this.#state = new OrderLane(shared.put, shared.options.patience)
    this.#wakeup = new Wakeup(shared.timers)
  }

  add(item: Item): void {
    this.#state.add(item)
    if (this.#state.waiting >= this.#shared.batchLimit) this.#wakeup.wake()
  }

  /** Sends what there is, full batches or not. */
  flush(): void {
    this.#flush = true
    this.#wakeup.wake()
  }

  wake(): void {
    this.#wakeup.wake()
  }

  /** Every row that is left becomes pending. */
  stop(): void {
    this.#state.stop()
  }

  async run(): Promise<void> {
    const { timers } = this.#shared
    while (!this.#shared.stopped) {
      const { batchLimit, inputEnded } = this.#shared
      const now = timers.now()
      const next = this.#state.take(now, batchLimit, !this.#flush && !inputEnded)
      if (this.#state.waiting === 0) this.#flush = false
      if (next === undefined) {
        if (this.#shared.inputEnded && this.#state.isEmpty) return
        await this.#wakeup.wait()
      } else if ('waitUntil' in next) {
        await this.#wakeup.wait(next.waitUntil - now)
      } else {
        await this.#sendPaced(next)
      }
    }
  }

  async #sendPaced(batch: Batch<Item>): Promise<void> {
    const { timers, rate, options, cancel, fail } = this.#shared
    for (let delay: number; (delay = rate.delay(timers.now())) > 0; ) {
      await this.#wakeup.wait(delay)
      if (this.#shared.stopped) return
    }
    const sentAt = timers.now()
    rate.sent(sentAt)
    try {
      const answer = await options.send(batch, cancel)
      if ('fatal' in answer) fail(answer.fatal)
      else this.#settle(batch, answer, sentAt)
    } catch (reason) {
      if (!cancel.aborted) fail(reason)
    }
  }

  #settle(
    batch: Batch<Item>,
    answer: Exclude<BatchAnswer<Decision, Failure>, { fatal: unknown }>,
    sentAt: number,
  ): void {
    const { timers, rate, options, fail } = this.#shared
    const now = timers.now()
    if ('undecided' in answer && answer.throttled !== undefined) {
      const { pauseMs } = answer.throttled
      options.onThrottled?.(rate.throttled(sentAt, now, pauseMs), pauseMs)
    } else {
      rate.answered(now)
    }
    if ('refused' in answer && answer.tooLarge)
      this.#shared.batchLimit = Math.max(
        1,
        Math.min(this.#shared.batchLimit, Math.ceil(batch.items.length / 2)),
      )
    const hopeless = this.#state.settle(batch, answer, now)
    if (hopeless !== undefined) fail(hopeless.error)
  }
}
