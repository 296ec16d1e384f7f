import { describe, expect, it } from 'vitest'
import { OrderStatusError } from './errors.js'
import { normalizeEvent } from './normalize-event.js'
import type { OrderStatusEvent } from './order-event.js'

const now = Date.UTC(2026, 10, 21, 23, 30, 40)
const good = { orderId: 'A-1001', status: 'shipped', occurredAt: '2026-11-21T23:30:40Z' }

function faults(event: unknown): [pointer: string, code: string][] {
  try {
    normalizeEvent(event as OrderStatusEvent, { now })
  } catch (error) {
    if (error instanceof OrderStatusError) return error.errors.map(({ pointer, code }) => [pointer, code])
    throw error
  }
  return []
}

describe('the normal form', () => {
  it('is the same for equal events, however they are written', () => {
    const one = normalizeEvent(
      {
        ...good,
        occurredAt: '2026-11-22T00:30:40.0009+01:00',
        shipment: {},
        note: undefined,
        reason: 'weather',
      },
      { now },
    )
    const other = normalizeEvent(
      { reason: 'weather', occurredAt: new Date(now), status: 'shipped', orderId: 'A-1001' },
      { now },
    )
    expect(JSON.stringify(one)).toBe(JSON.stringify(other))
    expect(one).toEqual({
      occurredAt: '2026-11-21T23:30:40.000Z',
      orderId: 'A-1001',
      reason: 'weather',
      status: 'shipped',
    })
  })

  it('keeps every field, keys sorted in depth', () => {
    const shipment = {
      trackingUrl: 'https://dhl.test/1',
      trackingNumber: '003',
      shipmentId: 's',
      carrier: 'Müller & Söhne',
    }
    const lines = [
      { quantity: 2, lineId: 'b' },
      { quantity: 0.5, lineId: 'a' },
    ]
    const more = {
      eventId: 'evt_0123456789ab',
      sequence: 0,
      supersedes: 'evt_abcdefghijkl',
      note: 'two\nlines',
    }
    const event = normalizeEvent({ ...good, ...more, shipment, lines }, { now })
    expect(Object.keys(event)).toEqual([...Object.keys(event)].sort())
    expect(event).toMatchObject({ ...more, shipment, lines })
    expect(JSON.stringify(event.lines)).toBe('[{"lineId":"b","quantity":2},{"lineId":"a","quantity":0.5}]')
    expect(Object.keys(event.shipment!)).toEqual(['carrier', 'shipmentId', 'trackingNumber', 'trackingUrl'])
  })
})

describe('what is refused', () => {
  it.each<[string, object, string, string]>([
    ['an unknown status', { status: 'shiped' }, '/status', 'invalid_status'],
    ['a status in another case', { status: 'SHIPPED' }, '/status', 'invalid_status'],
    ['no status', { status: undefined }, '/status', 'invalid_status'],
    ['a name that every object has', { status: 'constructor' }, '/status', 'invalid_status'],
    ['no moment', { occurredAt: undefined }, '/occurredAt', 'invalid_occurred_at'],
    ['no offset', { occurredAt: '2026-11-21T23:30:40' }, '/occurredAt', 'invalid_occurred_at'],
    [
      'a day that does not exist',
      { occurredAt: '2026-02-30T10:00:00Z' },
      '/occurredAt',
      'invalid_occurred_at',
    ],
    ['second 60', { occurredAt: '2026-06-30T23:59:60Z' }, '/occurredAt', 'invalid_occurred_at'],
    ['hour 24', { occurredAt: '2026-06-30T24:00:00Z' }, '/occurredAt', 'invalid_occurred_at'],
    ['a year of two digits', { occurredAt: '0026-06-30T10:00:00Z' }, '/occurredAt', 'invalid_occurred_at'],
    ['a line feed behind', { occurredAt: '2026-06-30T10:00:00Z\n' }, '/occurredAt', 'invalid_occurred_at'],
    ['an invalid Date', { occurredAt: new Date(Number.NaN) }, '/occurredAt', 'invalid_occurred_at'],
    ['a number', { occurredAt: now }, '/occurredAt', 'invalid_occurred_at'],
    ['5 min and 1 ms ahead', { occurredAt: new Date(now + 300_001) }, '/occurredAt', 'occurred_at_in_future'],
    ['an order id with a slash', { orderId: 'A/1' }, '/orderId', 'invalid_order_id'],
    ['a dot', { orderId: '.' }, '/orderId', 'invalid_order_id'],
    ['two dots', { orderId: '..' }, '/orderId', 'invalid_order_id'],
    ['65 characters', { orderId: 'x'.repeat(65) }, '/orderId', 'invalid_order_id'],
    ['no order', { orderId: '' }, '/orderId', 'invalid_order_id'],
    ['a short event id', { eventId: 'x'.repeat(15) }, '/eventId', 'invalid_event_id'],
    ['a long event id', { eventId: 'x'.repeat(65) }, '/eventId', 'invalid_event_id'],
    ['an event id with a dot', { eventId: 'evt.0123456789abc' }, '/eventId', 'invalid_event_id'],
    ['null', { reason: null }, '/reason', 'invalid_reason'],
    ['an empty reason', { reason: '' }, '/reason', 'invalid_reason'],
    ['NUL in a text', { note: 'a\u0000' }, '/note', 'invalid_note'],
    ['half a character', { note: '\ud800' }, '/note', 'invalid_note'],
    ['501 characters', { note: '😀'.repeat(501) }, '/note', 'invalid_note'],
    ['a negative sequence', { sequence: -1 }, '/sequence', 'invalid_sequence'],
    ['a fractional sequence', { sequence: 0.5 }, '/sequence', 'invalid_sequence'],
    ['a carrier that is no text', { shipment: { carrier: 7 } }, '/shipment/carrier', 'invalid_shipment'],
    [
      'a script for an address',
      { shipment: { trackingUrl: 'javascript:x' } },
      '/shipment/trackingUrl',
      'invalid_shipment',
    ],
    ['a shipment that is a list', { shipment: [] }, '/shipment', 'invalid_shipment'],
    ['no lines', { lines: [] }, '/lines', 'invalid_lines'],
    ['a quantity of 0', { lines: [{ lineId: '1', quantity: 0 }] }, '/lines/0/quantity', 'invalid_lines'],
    ['an unknown field', { staus: 'x' }, '/staus', 'unknown_field'],
    ['an unknown field inside', { shipment: { 'a/b~c': 1 } }, '/shipment/a~1b~0c', 'unknown_field'],
    ['supersedes that is no event id', { supersedes: 'no' }, '/supersedes', 'invalid_supersedes'],
  ])('%s', (_, change, pointer, code) => {
    expect(faults({ ...good, ...change })).toEqual([[pointer, code]])
  })

  it('no object at all', () => {
    for (const value of [null, 'text', [], 7]) expect(faults(value)[0]).toEqual(['', 'invalid_event'])
  })

  it('lists every fault, with a suggestion, and says them in the message', () => {
    const wrong = { orderId: 'A 1', status: 'shiped', occurredAt: 'yesterday', nonsense: 1 }
    expect(
      faults(wrong)
        .map(([pointer]) => pointer)
        .sort(),
    ).toEqual(['/nonsense', '/occurredAt', '/orderId', '/status'])
    try {
      normalizeEvent(wrong, { now })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        name: 'OrderStatusError',
        code: 'order_status_invalid',
        retryable: false,
      })
      expect((error as OrderStatusError).message).toContain(
        '/status: This status is not in the vocabulary. Did you mean "shipped"?',
      )
      expect(
        (error as OrderStatusError).errors.find(({ pointer }) => pointer === '/status')?.suggestion,
      ).toBe('shipped')
    }
  })
})

it('accepts what just fits', () => {
  const change = {
    occurredAt: new Date(now + 300_000),
    note: '😀'.repeat(500),
    orderId: 'x'.repeat(64),
    eventId: 'x'.repeat(16),
  }
  expect(faults({ ...good, ...change })).toEqual([])
})
