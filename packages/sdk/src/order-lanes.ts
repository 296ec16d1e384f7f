import type { Batch, BatchAnswer } from './batch-answer.js'
import type { LaneItem } from './batcher.js'
import { InputReader } from './input-reader.js'
import { OrderLane } from './order-lane.js'
import type { LaneEntry, LaneFailure, OrderLanesOptions, PushedRow } from './order-lanes-options.js'
import { RowBudget } from './row-budget.js'
import { SendRate } from './send-rate.js'
import { REAL_TIMERS, type Timers, Wakeup } from './wakeup.js'

interface Lane<Item extends LaneItem, Decision, Failure> {
  readonly state: OrderLane<Item, Decision, Failure>
  readonly wakeup: Wakeup
  /** Batches that are not full go as well. */
  flush: boolean
}

/** How long a batch that is not full waits for more rows. */
const LINGER_MS = 10

/**
 * The bulk engine. Every order belongs to one lane (by a hash of its id), a lane has one batch under way, and a batch
 * keeps the order of the rows: so an order's events never overtake each other, however many lanes there are.
 *
 * At most `2 · concurrency · batchSize` rows are held at any time; the source is not read further until there is room.
 */
export class OrderLanes<Input, Item extends LaneItem, Decision, Failure extends LaneFailure, Settled> {
  readonly #options: OrderLanesOptions<Input, Item, Decision, Failure, Settled>
  readonly #timers: Timers
  readonly #lanes: readonly Lane<Item, Decision, Failure>[]
  readonly #rate = new SendRate()
  readonly #rows: RowBudget<PushedRow<Item, Decision, Failure, Settled>>
  readonly #reader: InputReader<Input>
  readonly #cancel = new AbortController()
  #batchLimit: number
  #inputEnded = false
  #stopped = false
  #finished = false
  #thrown: { readonly reason: unknown } | undefined
  #callOffLinger: (() => void) | undefined

  constructor(options: OrderLanesOptions<Input, Item, Decision, Failure, Settled>) {
    const { concurrency, batchSize, timers = REAL_TIMERS } = options
    this.#options = options
    this.#timers = timers
    this.#batchLimit = batchSize
    this.#rows = new RowBudget(2 * concurrency * batchSize, timers)
    this.#reader = new InputReader(options.source)
    this.#lanes = Array.from({ length: concurrency }, () => ({
      state: new OrderLane(outcome => this.#rows.put(outcome), options.patience),
      wakeup: new Wakeup(timers),
      flush: false,
    }))
  }

  /**
   * Runs the push, once. Outcomes come as they are known, not in the order of the input. A failure of the source or a
   * fatal answer is thrown after all outcomes; an abort ends the iteration without throwing.
   */
  async *run(): AsyncGenerator<PushedRow<Item, Decision, Failure, Settled>, void, undefined> {
    const { signal } = this.#options
    const onAbort = (): void => this.#stop(true)
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort)
    const running = this.#runAll()
    try {
      for (;;) {
        const outcome = this.#rows.take()
        if (outcome !== undefined) yield outcome
        else if (this.#finished) break
        else await this.#rows.waitForOutcome()
      }
      if (this.#thrown !== undefined) throw this.#thrown.reason
    } finally {
      // Reached early when the consumer leaves its loop.
      this.#stop(true)
      await running
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async #runAll(): Promise<void> {
    const parts = [this.#readAll(), ...this.#lanes.map(lane => this.#runLane(lane))]
    await Promise.all(parts.map(part => part.catch((reason: unknown) => this.#fail(reason))))
    this.#callOffLinger?.()
    this.#reader.close()
    for (const { state } of this.#lanes) state.stop()
    this.#finished = true
    this.#rows.wake()
  }

  async #readAll(): Promise<void> {
    try {
      for (let index = 0; !this.#stopped; ) {
        if (!this.#rows.hasRoom) {
          this.#flush()
          await this.#rows.waitForRoom()
          continue
        }
        const next = await this.#reader.next()
        if (next === undefined) break
        this.#rows.hold()
        this.#accept(this.#options.read(next.row, index++))
      }
    } catch (reason) {
      // What was read before is still sent.
      this.#thrown ??= { reason }
    }
    this.#inputEnded = true
    this.#flush()
  }

  #accept(entry: LaneEntry<Item, Settled>): void {
    if ('settled' in entry) {
      this.#rows.put(entry)
      return
    }
    const lane = this.#lanes[hashOrderId(entry.item.orderId) % this.#lanes.length]!
    lane.state.add(entry.item)
    if (lane.state.waiting >= this.#batchLimit) lane.wakeup.wake()
    this.#callOffLinger ??= this.#timers.after(LINGER_MS, () => this.#flush())
  }

  #flush(): void {
    this.#callOffLinger?.()
    this.#callOffLinger = undefined
    for (const lane of this.#lanes) {
      lane.flush = true
      lane.wakeup.wake()
    }
  }

  async #runLane(lane: Lane<Item, Decision, Failure>): Promise<void> {
    while (!this.#stopped) {
      const now = this.#timers.now()
      const next = lane.state.take(now, this.#batchLimit, !lane.flush && !this.#inputEnded)
      if (lane.state.waiting === 0) lane.flush = false
      if (next === undefined) {
        if (this.#inputEnded && lane.state.isEmpty) return
        await lane.wakeup.wait()
      } else if ('waitUntil' in next) {
        await lane.wakeup.wait(next.waitUntil - now)
      } else {
        await this.#sendPaced(lane, next)
      }
    }
  }

  async #sendPaced(lane: Lane<Item, Decision, Failure>, batch: Batch<Item>): Promise<void> {
    for (let delay: number; (delay = this.#rate.delay(this.#timers.now())) > 0; ) {
      await lane.wakeup.wait(delay)
      if (this.#stopped) return
    }
    const sentAt = this.#timers.now()
    this.#rate.sent(sentAt)
    try {
      const answer = await this.#options.send(batch, this.#cancel.signal)
      if ('fatal' in answer) this.#fail(answer.fatal)
      else this.#settle(lane, batch, answer, sentAt)
    } catch (reason) {
      if (!this.#cancel.signal.aborted) this.#fail(reason)
    }
  }

  #settle(
    lane: Lane<Item, Decision, Failure>,
    batch: Batch<Item>,
    answer: Exclude<BatchAnswer<Decision, Failure>, { fatal: unknown }>,
    sentAt: number,
  ): void {
    const now = this.#timers.now()
    if ('undecided' in answer && answer.throttled !== undefined) {
      const { pauseMs } = answer.throttled
      const perSecond = this.#rate.throttled(sentAt, now, pauseMs)
      this.#options.onThrottled?.(perSecond, pauseMs)
    } else {
      this.#rate.answered(now)
    }
    if ('refused' in answer && answer.tooLarge)
      this.#batchLimit = Math.max(1, Math.min(this.#batchLimit, Math.ceil(batch.items.length / 2)))
    const hopeless = lane.state.settle(batch, answer, now)
    if (hopeless !== undefined) this.#fail(hopeless.error)
  }

  #fail(reason: unknown): void {
    this.#thrown ??= { reason }
    this.#stop(false)
  }

  /** Nothing more is read or sent; what is under way is awaited, or cancelled. */
  #stop(cancel: boolean): void {
    this.#stopped = true
    if (cancel) this.#cancel.abort()
    this.#reader.stop()
    this.#rows.wake()
    for (const lane of this.#lanes) lane.wakeup.wake()
  }
}

/** FNV-1a over the code units: spreads ids that differ only in their last digits. */
function hashOrderId(orderId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < orderId.length; i++) hash = Math.imul(hash ^ orderId.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
