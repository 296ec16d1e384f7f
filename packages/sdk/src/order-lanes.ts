import type { LaneItem } from './batcher.js'
import { InputReader } from './input-reader.js'
import { LaneRunner, type LaneSurroundings } from './lane-runner.js'
import type { LaneEntry, LaneFailure, OrderLanesOptions, PushedRow } from './order-lanes-options.js'
import { RowBudget } from './row-budget.js'
import { SendRate } from './send-rate.js'
import { REAL_TIMERS, type Timers } from './wakeup.js'

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
  readonly #shared: LaneSurroundings<Item, Decision, Failure>
  readonly #lanes: readonly LaneRunner<Item, Decision, Failure>[]
  readonly #rows: RowBudget<PushedRow<Item, Decision, Failure, Settled>>
  readonly #reader: InputReader<Input>
  readonly #cancel = new AbortController()
  #finished = false
  #thrown: { readonly reason: unknown } | undefined
  #callOffLinger: (() => void) | undefined

  constructor(options: OrderLanesOptions<Input, Item, Decision, Failure, Settled>) {
    const { concurrency, batchSize, timers = REAL_TIMERS } = options
    this.#options = options
    this.#timers = timers
    this.#rows = new RowBudget(2 * concurrency * batchSize, timers)
    this.#reader = new InputReader(options.source)
    this.#shared = {
      options,
      timers,
      rate: new SendRate(),
      cancel: this.#cancel.signal,
      put: outcome => this.#rows.put(outcome),
      fail: reason => this.#fail(reason),
      batchLimit: batchSize,
      inputEnded: false,
      stopped: false,
    }
    this.#lanes = Array.from({ length: concurrency }, () => new LaneRunner(this.#shared))
  }

  /**
   * Runs the push, once. Outcomes come as they are known, not in the order of the input; all that are known at one moment
   * are shown to `onSettled` first. A failure of the source or of `onSettled` and a fatal answer are thrown after all
   * outcomes; an abort ends the iteration without throwing.
   */
  async *run(): AsyncGenerator<PushedRow<Item, Decision, Failure, Settled>, void, undefined> {
    const { signal } = this.#options
    const onAbort = (): void => this.#stop(true)
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort)
    const running = this.#runAll()
    try {
      for (;;) {
        const group = this.#rows.takeAll()
        if (group.length > 0) {
          await this.#report(group)
          for (const row of group) {
            this.#rows.release()
            yield row
          }
          this.#rows.refill()
        } else if (this.#finished) break
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

  async #report(group: readonly PushedRow<Item, Decision, Failure, Settled>[]): Promise<void> {
    try {
      await this.#options.onSettled?.(group)
    } catch (reason) {
      // What cannot be written down must not go on: what is under way is awaited, nothing more is sent.
      this.#fail(reason)
    }
  }

  async #runAll(): Promise<void> {
    const parts = [this.#readAll(), ...this.#lanes.map(lane => lane.run())]
    await Promise.all(parts.map(part => part.catch((reason: unknown) => this.#fail(reason))))
    this.#callOffLinger?.()
    this.#reader.close()
    for (const lane of this.#lanes) lane.stop()
    this.#finished = true
    this.#rows.wake()
  }

  async #readAll(): Promise<void> {
    try {
      for (let index = 0; !this.#shared.stopped; ) {
        if (!this.#rows.hasRoom) {
          this.#flush()
          await this.#rows.waitForRoom()
          continue
        }
        const next = await this.#reader.next()
        if (next === undefined) break
        this.#rows.hold()
        const entry = this.#options.read(next.row, index++)
        this.#accept(entry instanceof Promise ? await entry : entry)
      }
    } catch (reason) {
      // What was read before is still sent.
      this.#thrown ??= { reason }
    }
    this.#shared.inputEnded = true
    this.#flush()
  }

  #accept(entry: LaneEntry<Item, Settled>): void {
    if ('settled' in entry) {
      this.#rows.put(entry)
      return
    }
    this.#lanes[hashOrderId(entry.item.orderId) % this.#lanes.length]!.add(entry.item)
    this.#callOffLinger ??= this.#timers.after(LINGER_MS, () => this.#flush())
  }

  #flush(): void {
    this.#callOffLinger?.()
    this.#callOffLinger = undefined
    for (const lane of this.#lanes) lane.flush()
  }

  #fail(reason: unknown): void {
    this.#thrown ??= { reason }
    this.#stop(false)
  }

  /** Nothing more is read or sent; what is under way is awaited, or cancelled. */
  #stop(cancel: boolean): void {
    this.#shared.stopped = true
    if (cancel) this.#cancel.abort()
    this.#reader.stop()
    this.#rows.wake()
    for (const lane of this.#lanes) lane.wake()
  }
}

/** FNV-1a over the code units: spreads ids that differ only in their last digits. */
function hashOrderId(orderId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < orderId.length; i++) hash = Math.imul(hash ^ orderId.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
