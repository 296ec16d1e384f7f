import type { Patience } from './batch-answer.js'
import type { LaneItem } from './batcher.js'

/** An order with an undecided row: nothing later of it is sent before that row is decided. */
interface Hold<Item> {
  readonly undecided: readonly Item[]
  readonly followers: Item[]
  readonly attempts: number
  readonly dueAt: number
}

/** The orders of one lane that wait for an undecided row, and those that were given up. */
export class OrderHolds<Item extends LaneItem, Failure> {
  readonly #holds = new Map<string, Hold<Item>>()
  readonly #givenUp = new Map<string, Failure>()

  get isEmpty(): boolean {
    return this.#holds.size === 0
  }

  /** They are remembered as long as the push lasts: later rows of theirs must not overtake the open one. */
  get givenUp(): number {
    return this.#givenUp.size
  }

  /** Undecided rows whose time has come, whole orders only, and when the next ones are due. */
  takeDue(now: number, limit: number): { readonly items: Item[]; readonly earliest: number } {
    const items: Item[] = []
    let earliest = Number.POSITIVE_INFINITY
    for (const { undecided, dueAt } of this.#holds.values()) {
      if (dueAt > now || (items.length > 0 && items.length + undecided.length > limit))
        earliest = Math.min(earliest, dueAt)
      else items.push(...undecided)
    }
    return { items, earliest }
  }

  /** Whether a new row may be sent; if not, it is kept here (`held`) or pending for good. */
  admit(item: Item): 'free' | 'held' | { readonly givenUp: Failure } {
    const hold = this.#holds.get(item.orderId)
    if (hold !== undefined) {
      hold.followers.push(item)
      return 'held'
    }
    const failure = this.#givenUp.get(item.orderId)
    return failure === undefined ? 'free' : { givenUp: failure }
  }

  /** Rows of an order were tried and are undecided. `decide` is asked how long to wait, with the number of tries so far. */
  hold(
    orderId: string,
    items: readonly Item[],
    now: number,
    decide: (attempts: number) => Patience,
  ): Patience {
    const known = this.#holds.get(orderId)
    const attempts = known !== undefined && known.undecided[0] === items[0] ? known.attempts + 1 : 1
    const patience = decide(attempts)
    if ('delayMs' in patience) {
      const followers = known?.followers ?? []
      this.#holds.set(orderId, { undecided: items, followers, attempts, dueAt: now + patience.delayMs })
    }
    return patience
  }

  /** The order is free again. @returns the rows that waited, in order */
  release(orderId: string): readonly Item[] {
    const followers = this.#holds.get(orderId)?.followers ?? []
    this.#holds.delete(orderId)
    return followers
  }

  /** Nothing of this order is sent any more. @returns the rows that waited */
  giveUp(orderId: string, failure: Failure): readonly Item[] {
    this.#givenUp.set(orderId, failure)
    return this.release(orderId)
  }

  /** Takes everything: rows that were tried, and rows that waited behind them. */
  drain(): { readonly undecided: readonly Item[]; readonly followers: readonly Item[] } {
    const held = [...this.#holds.values()]
    this.#holds.clear()
    return {
      undecided: held.flatMap(hold => hold.undecided),
      followers: held.flatMap(hold => hold.followers),
    }
  }
}
