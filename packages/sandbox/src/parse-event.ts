import type { FieldError } from './field-error.js'
import { Fields } from './fields.js'
import { type OrderEvent, sortKeys } from './order-event.js'
import { isOrderStatus, suggestOrderStatus } from './order-status.js'
import { parseRfc3339 } from './rfc3339.js'
import type { JsonValue } from './strict-json.js'

/** How far ahead of the server's clock an event may have occurred. */
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
]
const SHIPMENT_FIELDS = ['shipmentId', 'carrier', 'trackingNumber', 'trackingUrl']
const LINE_FIELDS = ['lineId', 'quantity']
const EVENT_ID = /^[A-Za-z0-9_-]{16,64}$/
const ORDER_ID = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/

export function isEventId(value: unknown): value is string {
  return typeof value === 'string' && EVENT_ID.test(value)
}

export function isOrderId(value: unknown): value is string {
  return typeof value === 'string' && ORDER_ID.test(value)
}

export interface EventContext {
  /** Where the event stands in the body: `''`, or `/items/3`. */
  readonly pointer: string
  /** The order of the path; then `orderId` may be missing in the event. */
  readonly orderId?: string | undefined
  readonly nowMs: number
}

/**
 * Reads and normalises one event. All faults are found, not only the first.
 * A body's `orderId` that differs from the path's is not a fault of the event: the caller compares.
 */
export function parseEvent(
  value: JsonValue,
  context: EventContext,
): { readonly event: OrderEvent } | { readonly errors: readonly FieldError[] } {
  const fields = new Fields(value, context.pointer, EVENT_FIELDS)
  const event = {
    eventId: fields.matching('eventId', EVENT_ID, '16 to 64 characters of A-Z a-z 0-9 _ -', true),
    orderId: fields.matching(
      'orderId',
      ORDER_ID,
      '1 to 64 characters of A-Z a-z 0-9 . _ -, and neither "." nor ".."',
      context.orderId === undefined,
    ),
    status: readStatus(fields),
    occurredAt: readOccurredAt(fields, context.nowMs),
    reason: fields.text('reason', { max: 64 }),
    sequence: fields.integer('sequence'),
    shipment: readShipment(fields),
    lines: readLines(fields),
    supersedes: fields.matching('supersedes', EVENT_ID, 'the eventId of an earlier event', false),
    note: fields.text('note', { min: 0, max: 500, multiline: true }),
  }
  if (fields.errors.length > 0) return { errors: fields.errors }
  const present = Object.entries({ ...event, orderId: event.orderId ?? context.orderId }).filter(
    ([, member]) => member !== undefined,
  )
  return { event: sortKeys(Object.fromEntries(present)) as unknown as OrderEvent }
}

function readStatus(fields: Fields): string | undefined {
  const status = fields.string('status', true)
  if (status === undefined || isOrderStatus(status)) return status
  const suggestion = suggestOrderStatus(status)
  const hint =
    suggestion === undefined ? 'GET /openapi.json lists them all.' : `Did you mean "${suggestion}"?`
  return fields.fault('status', 'unknown_status', `This status is not in the vocabulary. ${hint}`, suggestion)
}

function readOccurredAt(fields: Fields, nowMs: number): string | undefined {
  const text = fields.string('occurredAt', true)
  if (text === undefined) return undefined
  const moment = parseRfc3339(text)
  if (moment === undefined)
    return fields.fault(
      'occurredAt',
      'format',
      'This must be an RFC 3339 date and time with an offset, such as 2026-11-21T23:30:40Z or 2026-11-22T00:30:40+01:00.',
    )
  if (moment > nowMs + MAX_AHEAD_MS)
    return fields.fault(
      'occurredAt',
      'occurred_in_future',
      `This is more than 5 minutes ahead of the server's clock (${new Date(nowMs).toISOString()}).`,
    )
  return new Date(moment).toISOString()
}

function readShipment(fields: Fields): OrderEvent['shipment'] | undefined {
  const value = fields.take('shipment')
  if (value === undefined) return undefined
  const inner = fields.inside('shipment', value, SHIPMENT_FIELDS)
  const shipment = {
    shipmentId: inner.text('shipmentId', { max: 64 }),
    carrier: inner.text('carrier', { max: 64 }),
    trackingNumber: inner.text('trackingNumber', { max: 64 }),
    trackingUrl: inner.url('trackingUrl', 2000),
  }
  const present = Object.fromEntries(Object.entries(shipment).filter(([, member]) => member !== undefined))
  // `shipment: {}` says as much as no shipment, so it is the same event.
  return Object.keys(present).length === 0 ? undefined : present
}

function readLines(fields: Fields): OrderEvent['lines'] | undefined {
  const value = fields.take('lines')
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length < 1 || value.length > 500)
    return fields.fault('lines', 'type', 'This must be an array of 1 to 500 lines.')
  return value.map((line: JsonValue, index) => {
    const inner = fields.inside(`lines/${index}`, line, LINE_FIELDS)
    const lineId = inner.text('lineId', { max: 64, required: true })
    const quantity = inner.take('quantity', true)
    if (quantity !== undefined && !(typeof quantity === 'number' && quantity > 0 && quantity <= 1e9))
      inner.fault('quantity', 'type', 'This must be a number above 0 and up to 1000000000.')
    return { lineId: lineId ?? '', quantity: Number(quantity) }
  })
}
