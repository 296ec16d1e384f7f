import type { BatchAnswer, Verdict } from '../batch-answer.js'
import type { Timers } from '../wakeup.js'

/** A row of the simulation: the nth event of an order. */
export interface TestRow {
  readonly orderId: string
  readonly eventId: string
}

export interface TestFailure {
  readonly error: Error
}

export type TestAnswer = BatchAnswer<string, TestFailure>

/** What happens to one batch. */
export type Fate =
  | 'good'
  | 'throttled'
  | 'unavailable'
  | 'lost before'
  | 'lost after'
  | 'undecided row'
  | 'too large'

export interface LaneServerOptions {
  readonly timers: Timers & { wait(delayMs: number): Promise<void> }
  readonly nextFate: () => Fate
  readonly latencyMs: () => number
  readonly isInvalid?: (row: TestRow) => boolean
  readonly maxRows?: number
  /** Applies an event again each time it comes: what a service without event ids would do. */
  readonly forgetful?: boolean
}

/** An order-status service reduced to its rules: events are known by id, 424 behind an undecided row, 413 beyond a size. */
export class LaneServer {
  /** By order, in the order of being applied. */
  readonly applied: Map<string, string[]> = new Map()
  readonly batches: (readonly TestRow[])[] = []
  readonly overlaps: string[] = []
  appliedTwice = 0
  readonly #known = new Set<string>()
  readonly #underWay = new Set<string>()
  readonly #options: LaneServerOptions

  constructor(options: LaneServerOptions) {
    this.#options = options
  }

  async receive(rows: readonly TestRow[]): Promise<TestAnswer> {
    const { timers, latencyMs, maxRows = Number.POSITIVE_INFINITY } = this.#options
    this.batches.push(rows)
    const orders = new Set(rows.map(row => row.orderId))
    for (const orderId of orders) {
      if (this.#underWay.has(orderId)) this.overlaps.push(orderId)
      this.#underWay.add(orderId)
    }
    await timers.wait(latencyMs())
    const answer =
      rows.length > maxRows ? ({ refused: 'too large', tooLarge: true } as const) : this.#decide(rows)
    await timers.wait(latencyMs())
    for (const orderId of orders) this.#underWay.delete(orderId)
    return answer
  }

  #decide(rows: readonly TestRow[]): TestAnswer {
    const fate = this.#options.nextFate()
    if (fate === 'too large' && rows.length > 1)
      return { refused: fate, tooLarge: this.batches.length % 2 === 0 }
    if (fate === 'throttled') return { undecided: failure('429'), throttled: { pauseMs: 20 } }
    if (fate === 'unavailable' || fate === 'lost before') return { undecided: failure(fate) }
    let open = fate === 'undecided row' ? Math.floor(rows.length / 2) : -1
    const blocked = new Set<string>()
    const verdicts = rows.map((row): Verdict<string, TestFailure> => {
      if (open-- === 0 || blocked.has(row.orderId)) {
        blocked.add(row.orderId)
        return { undecided: failure('503') }
      }
      return { decision: this.#options.isInvalid?.(row) === true ? 'rejected' : this.#apply(row) }
    })
    return fate === 'lost after' ? { undecided: failure(fate) } : { verdicts }
  }

  #apply(row: TestRow): string {
    if (this.#known.has(row.eventId) && this.#options.forgetful !== true) return 'replayed'
    if (this.#known.has(row.eventId)) this.appliedTwice++
    this.#known.add(row.eventId)
    this.applied.set(row.orderId, [...(this.applied.get(row.orderId) ?? []), row.eventId])
    return 'applied'
  }
}

function failure(message: string): TestFailure {
  return { error: new Error(message) }
}
