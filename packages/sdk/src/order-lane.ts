import type { Batch, BatchAnswer, LaneOutcome, Patience, Verdict } from './batch-answer.js'
import { Batcher, type LaneItem } from './batcher.js'

/** An order with an undecided row: nothing later of it is sent before that row is decided. */
interface Hold<Item, Failure> {
  undecided: readonly Item[]
  readonly followers: Item[]
  failure: Failure
  attempts: number
  dueAt: number
}

/**
 * The state of one lane: which rows go into the next batch, and what an answer means for the rows behind it. A state
 * machine without time, network or promises. The caller sends one batch at a time: `take`, then `settle`.
 */
export class OrderLane<Item extends LaneItem, Decision, Failure> {
  readonly #batcher = new Batcher<Item>()
  readonly #holds = new Map<string, Hold<Item, Failure>>()
  readonly #givenUp = new Map<string, Failure>()
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
    return (
      this.#retry === undefined && this.#holds.size === 0 && this.waiting === 0 && !this.#batcher.hasPutBack
    )
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
    const items: Item[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (const hold of this.#holds.values()) {
      if (hold.dueAt > now || (items.length > 0 && items.length + hold.undecided.length > limit))
        earliest = Math.min(earliest, hold.dueAt)
      else items.push(...hold.undecided)
    }
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
    const patience = this.#patience(batch.attempt, answer.undecided)
    if ('delayMs' in patience) {
      this.#retry = {
        batch: { items: batch.items, attempt: batch.attempt + 1 },
        dueAt: now + patience.delayMs,
      }
      return undefined
    }
    for (const [orderId, items] of groupByOrder(batch.items)) this.#giveUp(orderId, items, answer.undecided)
    return patience.giveUp === 'all' ? answer.undecided : undefined
  }

  /** Ends the lane: every row that is left becomes pending. */
  stop(): void {
    const held = [...this.#holds.values()]
    const first = new Set([
      ...this.#underWay,
      ...(this.#retry?.batch.items ?? []),
      ...held.flatMap(hold => hold.undecided),
    ])
    const rest = [...held.flatMap(hold => hold.followers), ...this.#batcher.drain()]
    for (const item of [...first, ...rest]) this.#emit({ item, pending: 'stopped', failure: undefined })
    this.#underWay = []
    this.#retry = undefined
    this.#holds.clear()
  }

  #start(batch: Batch<Item>): Batch<Item> {
    this.#underWay = batch.items
    return batch
  }

  #admit(item: Item): boolean {
    const hold = this.#holds.get(item.orderId)
    if (hold !== undefined) {
      hold.followers.push(item)
      return false
    }
    if (!this.#givenUp.has(item.orderId)) return true
    this.#emit({ item, pending: 'held_back', failure: this.#givenUp.get(item.orderId) })
    return false
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
      if (open === undefined) this.#release(orderId)
      else hopeless = this.#hold(orderId, open.items, open.failure, now) ?? hopeless
    }
    return hopeless
  }

  #hold(orderId: string, items: readonly Item[], failure: Failure, now: number): Failure | undefined {
    const known = this.#holds.get(orderId)
    const attempts = known !== undefined && known.undecided[0] === items[0] ? known.attempts + 1 : 1
    const patience = this.#patience(attempts, failure)
    if ('giveUp' in patience) {
      this.#giveUp(orderId, items, failure)
      return patience.giveUp === 'all' ? failure : undefined
    }
    const followers = known?.followers ?? []
    this.#holds.set(orderId, {
      undecided: items,
      followers,
      failure,
      attempts,
      dueAt: now + patience.delayMs,
    })
    return undefined
  }

  #release(orderId: string): void {
    const hold = this.#holds.get(orderId)
    if (hold === undefined) return
    this.#holds.delete(orderId)
    this.#batcher.putBack(hold.followers)
  }

  #giveUp(orderId: string, [first, ...later]: readonly Item[], failure: Failure): void {
    const followers = this.#holds.get(orderId)?.followers ?? []
    this.#holds.delete(orderId)
    this.#givenUp.set(orderId, failure)
    if (first !== undefined) this.#emit({ item: first, pending: 'attempts_used_up', failure })
    for (const item of [...later, ...followers]) this.#emit({ item, pending: 'held_back', failure })
  }

  #halve(items: readonly Item[], refused: Decision): void {
    for (const orderId of groupByOrder(items).keys()) this.#release(orderId)
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
