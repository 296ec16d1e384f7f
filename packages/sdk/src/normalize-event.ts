import { OrderStatusError } from './errors.js'
import { EventFields } from './event-fields.js'
import type { NormalizedEvent, OrderLine, OrderStatusEvent, Shipment } from './order-event.js'
import { isOrderStatus, type OrderStatus, suggestStatus } from './order-status.js'
import { parseRfc3339 } from './rfc3339.js'

/** How far ahead of the clock an event may have occurred. */
export const MAX_AHEAD_MS = 300_000

const EVENT_FIELDS = [
  'eventId',
  'orderId',
  'status',
  'occurredAt',
  'reason',
  'sequence',
  'shipment',
  'lines',
  'supersedes',
  'note',
] as const
const EVENT_ID = /^[A-Za-z0-9_-]{16,64}$/
const ORDER_ID = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/
const EVENT_ID_FORM = '16 to 64 characters of A-Z a-z 0-9 _ -'
const ORDER_ID_FORM = '1 to 64 characters of A-Z a-z 0-9 . _ -, and neither "." nor ".."'

/** What {@link normalizeEvent} needs to know. */
export interface NormalizeEventOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z. Default: this machine's clock. */
  readonly now?: number | undefined
}

export function isEventId(text: string): boolean {
  return EVENT_ID.test(text)
}

export function isOrderId(text: string): boolean {
  return ORDER_ID.test(text)
}

/**
 * Checks an event as the API does and brings it into its normal form ({@link NormalizedEvent}). Members that are
 * `undefined` count as absent.
 *
 * @throws OrderStatusError listing every wrong field: `unknown_field`, `invalid_event_id`, `invalid_order_id`,
 * `invalid_status`, `invalid_occurred_at`, `occurred_at_in_future`, `invalid_reason`, `invalid_sequence`,
 * `invalid_shipment`, `invalid_lines`, `invalid_supersedes`, `invalid_note`, `invalid_event` (no object at all)
 *
 * @example
 * ```ts
 * import { normalizeEvent } from '@countersign/sdk'
 *
 * const event = normalizeEvent({ orderId: 'A-1001', status: 'shipped', occurredAt: '2026-11-22T00:30:40+01:00' })
 * console.log(event.occurredAt) // 2026-11-21T23:30:40.000Z
 * ```
 */
export function normalizeEvent(
  event: OrderStatusEvent,
  options: NormalizeEventOptions = {},
): NormalizedEvent {
  const fields = new EventFields(event, '', EVENT_FIELDS, 'invalid_event')
  // Written in sorted order: equal events must have equal JSON.
  const found = {
    eventId: fields.matching('eventId', EVENT_ID, EVENT_ID_FORM, 'invalid_event_id'),
    lines: readLines(fields),
    note: fields.text('note', 'invalid_note', { min: 0, max: 500, multiline: true }),
    occurredAt: readOccurredAt(fields, options.now ?? Date.now()),
    orderId: fields.matching('orderId', ORDER_ID, ORDER_ID_FORM, 'invalid_order_id', true),
    reason: fields.text('reason', 'invalid_reason', { max: 64 }),
    sequence: readSequence(fields),
    shipment: readShipment(fields),
    status: readStatus(fields),
    supersedes: fields.matching('supersedes', EVENT_ID, EVENT_ID_FORM, 'invalid_supersedes'),
  }
  if (fields.errors.length > 0) throw new OrderStatusError(fields.errors)
  return keepPresent(found) as unknown as NormalizedEvent
}

function readStatus(fields: EventFields): OrderStatus | undefined {
  const status = fields.take('status')
  if (typeof status === 'string' && isOrderStatus(status)) return status
  if (typeof status !== 'string' || status === '')
    return fields.fault('status', 'invalid_status', 'This must be a status, such as "shipped".')
  const suggestion = suggestStatus(status)
  const hint = suggestion === undefined ? 'ORDER_STATUSES lists them all.' : `Did you mean "${suggestion}"?`
  return fields.fault('status', 'invalid_status', `This status is not in the vocabulary. ${hint}`, suggestion)
}

function readOccurredAt(fields: EventFields, now: number): string | undefined {
  const value = fields.take('occurredAt')
  const moment =
    value instanceof Date ? readDate(value) : typeof value === 'string' ? parseRfc3339(value) : undefined
  if (moment === undefined) {
    const form = 'an RFC 3339 date and time with an offset, such as 2026-11-21T23:30:40Z'
    return fields.fault('occurredAt', 'invalid_occurred_at', `This must be ${form}.`)
  }
  if (moment > now + MAX_AHEAD_MS) {
    const detail = `This is more than 5 minutes ahead of the clock (${new Date(now).toISOString()}).`
    return fields.fault('occurredAt', 'occurred_at_in_future', detail)
  }
  return new Date(moment).toISOString()
}

function readDate(date: Date): number | undefined {
  const moment = date.getTime()
  return moment >= 0 && moment <= 253_402_300_799_999 ? moment : undefined
}

function readSequence(fields: EventFields): number | undefined {
  const value = fields.take('sequence')
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0))
    return value as number | undefined
  return fields.fault('sequence', 'invalid_sequence', 'This must be a whole number from 0 on.')
}

function readShipment(fields: EventFields): Shipment | undefined {
  const value = fields.take('shipment')
  if (value === undefined) return undefined
  const inner = fields.inside('shipment', value, ['carrier', 'shipmentId', 'trackingNumber', 'trackingUrl'])
  const shipment = keepPresent({
    carrier: inner.text('carrier', 'invalid_shipment', { max: 64 }),
    shipmentId: inner.text('shipmentId', 'invalid_shipment', { max: 64 }),
    trackingNumber: inner.text('trackingNumber', 'invalid_shipment', { max: 64 }),
    trackingUrl: inner.url('trackingUrl', 'invalid_shipment', 2000),
  })
  // An empty shipment says as much as none, so it is the same event.
  return Object.keys(shipment).length === 0 ? undefined : shipment
}

function readLines(fields: EventFields): readonly OrderLine[] | undefined {
  const value = fields.take('lines')
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length < 1 || value.length > 500)
    return fields.fault('lines', 'invalid_lines', 'This must be an array of 1 to 500 lines.')
  return value.map((line: unknown, index) => {
    const inner = fields.inside(`lines/${index}`, line, ['lineId', 'quantity'], 'invalid_lines')
    const lineId = inner.text('lineId', 'invalid_lines', { max: 64, required: true })
    const quantity = inner.take('quantity')
    if (!(typeof quantity === 'number' && quantity > 0 && quantity <= 1e9))
      inner.fault('quantity', 'invalid_lines', 'This must be a number above 0 and up to 1000000000.')
    return { lineId: lineId ?? '', quantity: Number(quantity) }
  })
}

function keepPresent<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>
}
