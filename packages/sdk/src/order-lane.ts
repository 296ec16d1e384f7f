import type { Batch, BatchAnswer, LaneOutcome, Patience, Verdict } from './batch-answer.js'
import { Batcher, type LaneItem } from './batcher.js'
import { OrderHolds } from './order-holds.js'

/** An input with so many orders that cannot be decided is not worth going on with; and they take up memory. */
const MAX_GIVEN_UP = 10_000

/**
 * The state of one lane: which rows go into the next batch, and what an answer means for the rows behind it. A state
 * machine without time, network or promises. The caller sends one batch at a time: `take`, then `settle`.
 */
export class OrderLane<Item extends LaneItem, Decision, Failure> {
  readonly #batcher = new Batcher<Item>()
  readonly #holds = new OrderHolds<Item, Failure>()
  readonly #emit: (outcome: LaneOutcome<Item, Decision, Failure>) => void
  readonly #patience: (attempt: number, failure: Failure) => Patience
  #retry: { readonly batch: Batch<Item>; readonly dueAt: number } | undefined
  #underWay: readonly Item[] = []

  constructor(
    emit: (outcome: LaneOutcome<Item, Decision, Failure>) => void,
    patience: (attempt: number, failure: Failure) => Patience,
  ) {
    this.#emit = emit
    this.#patience = patience
  }

  get waiting(): number {
    return this.#batcher.waiting
  }

  get isEmpty(): boolean {
    return this.#retry === undefined && this.#holds.isEmpty && this.waiting === 0 && !this.#batcher.hasPutBack
  }

  add(item: Item): void {
    this.#batcher.add(item)
  }

  /** The next batch, or when to ask again, or undefined: nothing to send. `onlyFull`: rows not tried yet wait for more. */
  take(
    now: number,
    limit: number,
    onlyFull: boolean,
  ): Batch<Item> | { readonly waitUntil: number } | undefined {
    if (this.#retry !== undefined) {
      const { batch, dueAt } = this.#retry
      if (dueAt > now) return { waitUntil: dueAt }
      this.#retry = undefined
      return this.#start(batch)
    }
    const { items, earliest } = this.#holds.takeDue(now, limit)
    if (items.length < limit && (!onlyFull || this.#batcher.hasPutBack || this.waiting >= limit))
      items.push(...this.#batcher.take(limit - items.length, item => this.#admit(item)))
    if (items.length > 0) return this.#start({ items, attempt: 1 })
    return earliest === Number.POSITIVE_INFINITY ? undefined : { waitUntil: earliest }
  }

  /** Takes in what came of the batch that `take` gave out. @returns why all lanes have to stop, if so */
  settle(
    batch: Batch<Item>,
    answer: Exclude<BatchAnswer<Decision, Failure>, { fatal: unknown }>,
    now: number,
  ): Failure | undefined {
    this.#underWay = []
    if ('verdicts' in answer) return this.#settleRows(batch.items, answer.verdicts, now)
    if ('refused' in answer) {
      this.#halve(batch.items, answer.refused)
      return undefined
    }
    const { undecided } = answer
    const patience = this.#patience(batch.attempt, undecided)
    if ('delayMs' in patience) {
      this.#retry = { batch: { ...batch, attempt: batch.attempt + 1 }, dueAt: now + patience.delayMs }
      return undefined
    }
    let hopeless = patience.giveUp === 'all'
    for (const [orderId, items] of groupByOrder(batch.items))
      if (this.#giveUp(orderId, items, undecided)) hopeless = true
    return hopeless ? undecided : undefined
  }

  /** Ends the lane: every row that is left becomes pending. */
  stop(): void {
    const { undecided, followers } = this.#holds.drain()
    const first = new Set([...this.#underWay, ...(this.#retry?.batch.items ?? []), ...undecided])
    for (const item of [...first, ...followers, ...this.#batcher.drain()])
      this.#emit({ item, pending: 'stopped', failure: undefined })
    this.#underWay = []
    this.#retry = undefined
  }

  #start(batch: Batch<Item>): Batch<Item> {
    this.#underWay = batch.items
    return batch
  }

  #admit(item: Item): boolean {
    const answer = this.#holds.admit(item)
    if (typeof answer === 'object') this.#emit({ item, pending: 'held_back', failure: answer.givenUp })
    return answer === 'free'
  }

  #settleRows(
    items: readonly Item[],
    verdicts: readonly Verdict<Decision, Failure>[],
    now: number,
  ): Failure | undefined {
    const undecided = new Map<string, { items: Item[]; failure: Failure }>()
    for (const [index, item] of items.entries()) {
      const verdict = verdicts[index]!
      if ('decision' in verdict) this.#emit({ item, decision: verdict.decision })
      else if (undecided.has(item.orderId)) undecided.get(item.orderId)!.items.push(item)
      else undecided.set(item.orderId, { items: [item], failure: verdict.undecided })
    }
    let hopeless: Failure | undefined
    for (const orderId of groupByOrder(items).keys()) {
      const open = undecided.get(orderId)
      if (open === undefined) this.#batcher.putBack(this.#holds.release(orderId))
      else if (this.#hold(orderId, open.items, open.failure, now)) hopeless = open.failure
    }
    return hopeless
  }

  /** @returns whether all lanes have to stop */
  #hold(orderId: string, items: readonly Item[], failure: Failure, now: number): boolean {
    const patience = this.#holds.hold(orderId, items, now, attempts => this.#patience(attempts, failure))
    if (!('giveUp' in patience)) return false
    const isHopeless = this.#giveUp(orderId, items, failure)
    return isHopeless || patience.giveUp === 'all'
  }

  /** @returns whether so many orders were given up that all lanes have to stop */
  #giveUp(orderId: string, [first, ...later]: readonly Item[], failure: Failure): boolean {
    const followers = this.#holds.giveUp(orderId, failure)
    if (first !== undefined) this.#emit({ item: first, pending: 'attempts_used_up', failure })
    for (const item of [...later, ...followers]) this.#emit({ item, pending: 'held_back', failure })
    return this.#holds.givenUp > MAX_GIVEN_UP
  }

  #halve(items: readonly Item[], refused: Decision): void {
    for (const orderId of groupByOrder(items).keys()) this.#batcher.putBack(this.#holds.release(orderId))
    if (items.length === 1) {
      this.#emit({ item: items[0]!, decision: refused })
      return
    }
    const middle = Math.ceil(items.length / 2)
    this.#batcher.putBack(items.slice(middle))
    this.#batcher.putBack(items.slice(0, middle))
  }
}

function groupByOrder<Item extends LaneItem>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(item.orderId)
    if (group === undefined) groups.set(item.orderId, [item])
    else group.push(item)
  }
  return groups
}
