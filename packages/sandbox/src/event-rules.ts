import type { OrderEvent } from './order-event.js'
import type { OrderStatus } from './order-status.js'

/** What an event did to its order. */
export type Effect = 'applied' | 'late' | 'no_change'

/** What decides which event of an order is the newest. */
export interface Rank {
  readonly eventId: string
  readonly status: OrderStatus
  /** Milliseconds since 1970. */
  readonly occurredAtMs: number
  readonly sequence: number | undefined
  /** Number of the event within its order, from 1, in the order of recording. */
  readonly arrival: number
}

/** An order as it stands before the items are decided. */
export interface OrderState {
  readonly ownerId: string
  /** How many events the order has. */
  readonly arrivals: number
  /**
   * The newest events that are not superseded, in any order: one more than there are corrections among the items, for
   * each correction can take one away. Empty for a new order.
   */
  readonly newest: readonly Rank[]
}

/** An event of this partner that is already stored, under an id that an item uses or supersedes. */
export interface StoredEvent {
  readonly eventId: string
  readonly orderId: string
  readonly digest: string
  readonly effect: Effect
  readonly recordedAt: string
}

/** One well-formed event to decide on; `digest` as of `createEventDigest`. */
export interface EventItem {
  readonly event: OrderEvent
  readonly digest: string
}

export type Decision =
  | {
      readonly kind: 'recorded'
      readonly effect: Effect
      readonly arrival: number
      readonly currentStatus: OrderStatus
    }
  | {
      readonly kind: 'replayed'
      readonly effect: Effect
      readonly recordedAt: string
      readonly currentStatus: OrderStatus
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode }

export type RefusalCode =
  | 'order_not_found'
  | 'event_id_reused'
  | 'supersedes_invalid'
  | 'earlier_item_undecided'
  | 'item_undecided'

export interface Knowledge {
  readonly partnerId: string
  /** The moment that new events are recorded at, ISO 8601. */
  readonly recordedAt: string
  readonly orders: ReadonlyMap<string, OrderState>
  readonly events: ReadonlyMap<string, StoredEvent>
  /** Positions of items that cannot be decided now. */
  readonly undecided?: ReadonlySet<number> | undefined
}

/** The outcome: one decision per item, and how every touched order stands afterwards. */
export interface Verdict {
  readonly decisions: readonly Decision[]
  readonly heads: ReadonlyMap<string, { readonly head: Rank; readonly arrivals: number }>
}

/**
 * Decides items one after the other, as if each had come alone, without touching any storage.
 *
 * The current status of an order is that of its newest event by `occurredAt`, then `sequence` (none ranks below 0),
 * then arrival, among those that no later event supersedes. It is a function of the set of events, so events that
 * come late or twice never regress it.
 */
export function decideItems(items: readonly EventItem[], knowledge: Knowledge): Verdict {
  const events = new Map(knowledge.events)
  const live = new Map([...knowledge.orders].map(([orderId, order]) => [orderId, [...order.newest]]))
  const arrivals = new Map([...knowledge.orders].map(([orderId, order]) => [orderId, order.arrivals]))
  const blocked = new Set<string>()
  const heads = new Map<string, { head: Rank; arrivals: number }>()

  const decide = ({ event, digest }: EventItem, index: number): Decision => {
    const { eventId, orderId, supersedes } = event
    if (blocked.has(orderId)) return refuse('earlier_item_undecided')
    if (knowledge.undecided?.has(index)) {
      blocked.add(orderId)
      return refuse('item_undecided')
    }
    if (knowledge.orders.get(orderId)?.ownerId !== knowledge.partnerId) return refuse('order_not_found')
    const ranks = live.get(orderId)!
    const before = newestOf(ranks)
    const stored = events.get(eventId)
    if (stored !== undefined) {
      if (stored.digest !== digest) return refuse('event_id_reused')
      return {
        kind: 'replayed',
        effect: stored.effect,
        recordedAt: stored.recordedAt,
        currentStatus: before!.status,
      }
    }
    if (supersedes !== undefined) {
      if (events.get(supersedes)?.orderId !== orderId) return refuse('supersedes_invalid')
      const at = ranks.findIndex(rank => rank.eventId === supersedes)
      if (at !== -1) ranks.splice(at, 1)
    }
    const arrival = arrivals.get(orderId)! + 1
    const rank = createRank(event, arrival)
    ranks.push(rank)
    const head = newestOf(ranks)!
    const effect = head !== rank ? 'late' : before?.status === rank.status ? 'no_change' : 'applied'
    arrivals.set(orderId, arrival)
    events.set(eventId, { eventId, orderId, digest, effect, recordedAt: knowledge.recordedAt })
    heads.set(orderId, { head, arrivals: arrival })
    return { kind: 'recorded', effect, arrival, currentStatus: head.status }
  }
  return { decisions: items.map(decide), heads }
}

function createRank(event: OrderEvent, arrival: number): Rank {
  const { eventId, status, sequence, occurredAt } = event
  return { eventId, status, occurredAtMs: Date.parse(occurredAt), sequence, arrival }
}

function newestOf(ranks: readonly Rank[]): Rank | undefined {
  return ranks.reduce<Rank | undefined>(
    (newest, rank) => (newest === undefined || compareRanks(rank, newest) > 0 ? rank : newest),
    undefined,
  )
}

/** Positive when `a` is the newer one. */
export function compareRanks(a: Rank, b: Rank): number {
  return a.occurredAtMs - b.occurredAtMs || (a.sequence ?? -1) - (b.sequence ?? -1) || a.arrival - b.arrival
}

function refuse(code: RefusalCode): Decision {
  return { kind: 'refused', code }
}
