import type { Verdict } from './event-rules.js'
import type { RecordRequest } from './record-request.js'
import type { RecordScope } from './stored-knowledge.js'

/** Stores the recorded events; returns how many went in (fewer when another connection took an event id first). */
export async function insertEvents(
  { tx, environment, partnerId, recordedAt }: RecordScope,
  request: RecordRequest,
  verdict: Verdict,
): Promise<number> {
  const rows = request.items.flatMap(({ event, digest }, index) => {
    const decision = verdict.decisions[index]!
    if (decision.kind !== 'recorded') return []
    const { effect, arrival, currentStatus } = decision
    const { eventId, orderId, status, occurredAt, sequence } = event
    return { eventId, orderId, arrival, status, occurredAt, sequence, event, digest, effect, currentStatus }
  })
  const inserted = await tx.query(
    `insert into order_events (
       environment, partner_id, event_id, order_id, arrival, status, occurred_at, sequence, event, event_sha256,
       effect, status_after, recorded_at, request_id, credential_id, body_sha256
     )
     select $1, $2, r."eventId", r."orderId", r.arrival, r.status, r."occurredAt", r.sequence, r.event, r.digest,
       r.effect, r."currentStatus", $3::timestamptz, $4, $5, $6
     from jsonb_to_recordset($7::jsonb) as r (
       "eventId" text, "orderId" text, arrival integer, status text, "occurredAt" timestamptz, sequence bigint,
       event jsonb, digest text, effect text, "currentStatus" text
     )
     order by r."eventId" collate "C"
     on conflict (environment, partner_id, event_id) do nothing
     returning event_id`,
    [
      environment,
      partnerId,
      recordedAt,
      request.requestId,
      request.credentialId,
      request.bodySha256,
      JSON.stringify(rows),
    ],
  )
  return inserted.length
}

/** Writes the orders' new heads, marks what was superseded, and takes away orders that came into being for nothing. */
export async function saveOrders(
  { tx, environment, partnerId, recordedAt }: RecordScope,
  request: RecordRequest,
  verdict: Verdict,
  created: readonly string[],
): Promise<void> {
  const heads = [...verdict.heads].map(([orderId, { head, arrivals }]) => ({
    orderId,
    arrivals,
    ...head,
    occurredAt: new Date(head.occurredAtMs).toISOString(),
  }))
  if (heads.length > 0)
    await tx.query(
      `update orders set arrivals = r.arrivals, head_event_id = r."eventId", head_status = r.status,
         head_occurred_at = r."occurredAt", head_sequence = r.sequence, head_arrival = r.arrival,
         updated_at = $2::timestamptz
       from jsonb_to_recordset($3::jsonb) as r (
         "orderId" text, arrivals integer, "eventId" text, status text, "occurredAt" timestamptz, sequence bigint,
         arrival integer
       )
       where orders.environment = $1 and orders.order_id = r."orderId"`,
      [environment, recordedAt, JSON.stringify(heads)],
    )

  const superseded = request.items.flatMap(({ event }, index) =>
    verdict.decisions[index]!.kind === 'recorded' && event.supersedes !== undefined
      ? { eventId: event.supersedes, by: event.eventId }
      : [],
  )
  if (superseded.length > 0)
    await tx.query(
      `update order_events set superseded_by = coalesce(superseded_by, r.by)
       from jsonb_to_recordset($3::jsonb) as r ("eventId" text, by text)
       where environment = $1 and partner_id = $2 and event_id = r."eventId"`,
      [environment, partnerId, JSON.stringify(superseded)],
    )

  const empty = created.filter(orderId => !verdict.heads.has(orderId))
  if (empty.length > 0)
    await tx.query('delete from orders where environment = $1 and order_id = any ($2::text[])', [
      environment,
      empty,
    ])
}
