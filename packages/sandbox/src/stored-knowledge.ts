import type { Queryable } from './database.js'
import type { Effect, EventItem, OrderState, Rank, StoredEvent } from './event-rules.js'
import type { OrderStatus } from './order-status.js'

/** Where a request's rows live. */
export interface RecordScope {
  readonly tx: Queryable
  readonly environment: string
  readonly partnerId: string
  readonly recordedAt: string
}

/**
 * Makes the orders that do not exist yet, locks all orders of the items and reads how they stand.
 * `created` are those made here; whoever records nothing for one of them takes it away again.
 */
export async function claimOrders(
  { tx, environment, partnerId, recordedAt }: RecordScope,
  items: readonly EventItem[],
): Promise<{ orders: ReadonlyMap<string, OrderState>; created: readonly string[] }> {
  const orderIds = [...new Set(items.map(item => item.event.orderId))]
  const created = await tx.query<{ order_id: string }>(
    `insert into orders (environment, order_id, partner_id, created_at, updated_at)
     select $1, wanted.order_id, $2, $3::timestamptz, $3::timestamptz
     from unnest($4::text[]) as wanted (order_id)
     order by wanted.order_id collate "C"
     on conflict (environment, order_id) do nothing
     returning order_id`,
    [environment, partnerId, recordedAt, orderIds],
  )
  const rows = await tx.query<OrderRow>(
    `select order_id, partner_id, arrivals, head_event_id, head_status, head_occurred_at, head_sequence, head_arrival
     from orders where environment = $1 and order_id = any ($2::text[])
     order by order_id
     for update`,
    [environment, orderIds],
  )
  const corrected = await loadCorrectedOrders(tx, environment, items)
  const orders = new Map(
    rows.map(row => [
      row.order_id,
      { ownerId: row.partner_id, arrivals: row.arrivals, newest: corrected.get(row.order_id) ?? headOf(row) },
    ]),
  )
  return { orders, created: created.map(row => row.order_id) }
}

/** The stored events that items name, by their own id or as superseded. */
export async function loadKnownEvents(
  { tx, environment, partnerId }: RecordScope,
  items: readonly EventItem[],
): Promise<ReadonlyMap<string, StoredEvent>> {
  const eventIds = new Set(
    items.flatMap(({ event }) =>
      event.supersedes === undefined ? [event.eventId] : [event.eventId, event.supersedes],
    ),
  )
  const rows = await tx.query<EventRow>(
    `select event_id, order_id, event_sha256, effect, recorded_at
     from order_events where environment = $1 and partner_id = $2 and event_id = any ($3::text[])`,
    [environment, partnerId, [...eventIds]],
  )
  return new Map(
    rows.map(row => [
      row.event_id,
      {
        eventId: row.event_id,
        orderId: row.order_id,
        digest: row.event_sha256,
        effect: row.effect,
        recordedAt: row.recorded_at.toISOString(),
      },
    ]),
  )
}

/** For orders that items correct, the head is not enough: it may be the one that is taken away. */
async function loadCorrectedOrders(
  tx: Queryable,
  environment: string,
  items: readonly EventItem[],
): Promise<ReadonlyMap<string, readonly Rank[]>> {
  const corrections = new Map<string, number>()
  for (const { event } of items) {
    if (event.supersedes !== undefined)
      corrections.set(event.orderId, (corrections.get(event.orderId) ?? 0) + 1)
  }
  if (corrections.size === 0) return new Map()
  const rows = await tx.query<RankRow & { order_id: string }>(
    `select wanted.order_id, newest.*
     from unnest($2::text[], $3::integer[]) as wanted (order_id, corrections)
     cross join lateral (
       select event_id, status, occurred_at, sequence, arrival
       from order_events
       where environment = $1 and order_id = wanted.order_id and superseded_by is null
       order by occurred_at desc, coalesce(sequence, -1) desc, arrival desc
       limit wanted.corrections + 1
     ) as newest`,
    [environment, [...corrections.keys()], [...corrections.values()]],
  )
  return groupRanks(rows)
}

interface OrderRow {
  order_id: string
  partner_id: string
  arrivals: number
  head_event_id: string | null
  head_status: OrderStatus
  head_occurred_at: Date
  head_sequence: number | string | null
  head_arrival: number
}

interface RankRow {
  event_id: string
  status: OrderStatus
  occurred_at: Date
  sequence: number | string | null
  arrival: number
}

interface EventRow {
  event_id: string
  order_id: string
  event_sha256: string
  effect: Effect
  recorded_at: Date
}

function headOf(row: OrderRow): readonly Rank[] {
  if (row.head_event_id === null) return []
  return [
    toRank({
      event_id: row.head_event_id,
      status: row.head_status,
      occurred_at: row.head_occurred_at,
      sequence: row.head_sequence,
      arrival: row.head_arrival,
    }),
  ]
}

function groupRanks(rows: readonly (RankRow & { order_id: string })[]): ReadonlyMap<string, readonly Rank[]> {
  const byOrder = new Map<string, Rank[]>()
  for (const row of rows) byOrder.set(row.order_id, [...(byOrder.get(row.order_id) ?? []), toRank(row)])
  return byOrder
}

function toRank(row: RankRow): Rank {
  return {
    eventId: row.event_id,
    status: row.status,
    occurredAtMs: row.occurred_at.getTime(),
    sequence: row.sequence === null ? undefined : Number(row.sequence),
    arrival: row.arrival,
  }
}
