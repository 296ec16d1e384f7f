/** What a lane needs to know of a row. */
export interface LaneItem {
  readonly orderId: string
}

/**
 * The rows of one lane that wait to be sent, in their order, and the cutting of them into batches. Rows that were put
 * back come before all others.
 */
export class Batcher<Item extends LaneItem> {
  /** The last one is the next one. Each is sent as a batch of its own. */
  readonly #putBack: (readonly Item[])[] = []
  #queue: Item[] = []

  /** Rows that have not been cut into a batch yet. */
  get waiting(): number {
    return this.#queue.length
  }

  get hasPutBack(): boolean {
    return this.#putBack.length > 0
  }

  add(item: Item): void {
    this.#queue.push(item)
  }

  /** These rows go next, together, before everything else. */
  putBack(items: readonly Item[]): void {
    if (items.length > 0) this.#putBack.push(items)
  }

  /**
   * Takes the next batch: at most `limit` rows, of those that `admit` lets pass. A row that it does not let pass is out of
   * the batcher: `admit` has taken it over.
   */
  take(limit: number, admit: (item: Item) => boolean): Item[] {
    while (this.#putBack.length > 0) {
      const group = this.#putBack.pop()!
      const batch = group.slice(0, limit).filter(admit)
      this.putBack(group.slice(limit))
      if (batch.length > 0) return batch
    }
    const batch: Item[] = []
    let at = 0
    for (; at < this.#queue.length && batch.length < limit; at++) {
      const item = this.#queue[at]!
      if (admit(item)) batch.push(item)
    }
    this.#queue = this.#queue.slice(at)
    return batch
  }

  /** Takes everything, in order. */
  drain(): Item[] {
    const items = this.#putBack.reverse().flat()
    items.push(...this.#queue)
    this.#putBack.length = 0
    this.#queue = []
    return items
  }
}
