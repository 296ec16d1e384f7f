import type { Queryable } from './database.js'
import type { Effect } from './event-rules.js'
import type { OrderEvent } from './order-event.js'
import type { OrderStatus } from './order-status.js'

/** How an order stands. */
export interface OrderView {
  readonly orderId: string
  readonly currentStatus: OrderStatus
  /** The event that made it so. */
  readonly eventId: string
  readonly occurredAt: string
  readonly events: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** One event of an order's history. */
export interface RecordedEvent extends OrderEvent {
  readonly effect: Effect
  readonly recordedAt: string
  readonly supersededBy?: string
}

/** An event with what proves its receipt. */
export interface EventProof {
  readonly event: RecordedEvent
  readonly statusAfter: OrderStatus
  readonly requestId: string
  readonly credentialId: string
  readonly bodySha256: string
}

export async function findOrder(
  database: Queryable,
  environment: string,
  partnerId: string,
  orderId: string,
): Promise<OrderView | undefined> {
  const [row] = await database.query<OrderRow>(
    `select order_id, head_status, head_event_id, head_occurred_at, arrivals, created_at, updated_at
     from orders where environment = $1 and partner_id = $2 and order_id = $3`,
    [environment, partnerId, orderId],
  )
  if (row === undefined) return undefined
  return {
    orderId: row.order_id,
    currentStatus: row.head_status,
    eventId: row.head_event_id,
    occurredAt: row.head_occurred_at.toISOString(),
    events: row.arrivals,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }
}

/**
 * Events of an order in the order in which they were recorded, after the given arrival. That order (unlike the one of
 * `occurredAt`) never changes, so a page that was read stays true when late events come in.
 * The caller has made sure that the order is the partner's.
 */
export async function listEvents(
  database: Queryable,
  environment: string,
  orderId: string,
  page: { readonly afterArrival: number; readonly limit: number },
): Promise<readonly { readonly arrival: number; readonly event: RecordedEvent }[]> {
  const rows = await database.query<EventRow>(
    `select ${EVENT_COLUMNS} from order_events
     where environment = $1 and order_id = $2 and arrival > $3 order by arrival limit $4`,
    [environment, orderId, page.afterArrival, page.limit],
  )
  return rows.map(row => ({ arrival: row.arrival, event: toRecordedEvent(row) }))
}

export async function findEvent(
  database: Queryable,
  environment: string,
  partnerId: string,
  eventId: string,
): Promise<EventProof | undefined> {
  const [row] = await database.query<EventRow>(
    `select ${EVENT_COLUMNS} from order_events where environment = $1 and partner_id = $2 and event_id = $3`,
    [environment, partnerId, eventId],
  )
  if (row === undefined) return undefined
  return {
    event: toRecordedEvent(row),
    statusAfter: row.status_after,
    requestId: row.request_id,
    credentialId: row.credential_id,
    bodySha256: row.body_sha256,
  }
}

const EVENT_COLUMNS =
  'arrival, event, effect, status_after, recorded_at, superseded_by, request_id, credential_id, body_sha256'

interface OrderRow {
  order_id: string
  head_status: OrderStatus
  head_event_id: string
  head_occurred_at: Date
  arrivals: number
  created_at: Date
  updated_at: Date
}

interface EventRow {
  arrival: number
  event: OrderEvent
  effect: Effect
  status_after: OrderStatus
  recorded_at: Date
  superseded_by: string | null
  request_id: string
  credential_id: string
  body_sha256: string
}

function toRecordedEvent(row: EventRow): RecordedEvent {
  return {
    ...row.event,
    effect: row.effect,
    recordedAt: row.recorded_at.toISOString(),
    ...(row.superseded_by === null ? {} : { supersededBy: row.superseded_by }),
  }
}
