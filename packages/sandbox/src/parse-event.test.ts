import { describe, expect, it } from 'vitest'
import { createEventDigest } from './order-event.js'
import { MAX_AHEAD_MS, parseEvent } from './parse-event.js'
import type { JsonValue } from './strict-json.js'

const NOW = Date.UTC(2026, 10, 22)
const EVENT = {
  eventId: 'evt_0123456789ab',
  orderId: 'A-1',
  status: 'shipped',
  occurredAt: '2026-11-21T12:00:00Z',
}
const parse = (value: JsonValue) => parseEvent(value, { pointer: '', nowMs: NOW })
const faultsOf = (changes: object) => {
  const parsed = parse({ ...EVENT, ...changes } as JsonValue)
  return 'errors' in parsed ? parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`) : []
}

describe('parseEvent', () => {
  it('normalises, so that equal events have one digest', () => {
    const full = {
      ...EVENT,
      sequence: 1,
      note: '',
      shipment: { carrier: 'DHL', trackingUrl: 'https://example.com/t?1' },
      lines: [{ lineId: '1', quantity: 1.5 }],
    }
    const other = {
      lines: [{ quantity: 1.5, lineId: '1' }],
      shipment: { trackingUrl: 'https://example.com/t?1', carrier: 'DHL' },
      note: '',
      sequence: 1,
      occurredAt: '2026-11-21T13:00:00.0004+01:00',
      status: 'shipped',
      orderId: 'A-1',
      eventId: 'evt_0123456789ab',
    }
    const digests = [full, other].map(value => {
      const parsed = parse(value)
      return 'event' in parsed ? createEventDigest(parsed.event) : parsed.errors
    })
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(digests[1]).toBe(digests[0])
    expect(parse({ ...EVENT, shipment: {} })).toEqual(parse(EVENT))
    expect(parse({ ...EVENT, sequence: 0 })).not.toEqual(parse(EVENT))
  })

  it('takes the order of the path when the event names none', () => {
    const { orderId: _orderId, ...event } = EVENT
    expect(parseEvent(event, { pointer: '', orderId: 'P-1', nowMs: NOW })).toMatchObject({
      event: { orderId: 'P-1' },
    })
    expect(parse(event)).toMatchObject({ errors: [{ pointer: '/orderId', code: 'required' }] })
  })

  it.each([
    [{ orderId: '..' }, '/orderId format'],
    [{ orderId: 'a/b' }, '/orderId format'],
    [{ orderId: 'A-1\n' }, '/orderId format'],
    [{ orderId: 'x'.repeat(65) }, '/orderId format'],
    [{ eventId: 'x'.repeat(15) }, '/eventId format'],
    [{ eventId: 'evt_0123456789ab.' }, '/eventId format'],
    [{ status: 7 }, '/status type'],
    [{ status: 'SHIPPED' }, '/status unknown_status'],
    [{ occurredAt: new Date(NOW + MAX_AHEAD_MS + 1).toISOString() }, '/occurredAt occurred_in_future'],
    [{ occurredAt: 'yesterday' }, '/occurredAt format'],
    [{ reason: 'x'.repeat(65) }, '/reason length'],
    [{ sequence: -1 }, '/sequence type'],
    [{ sequence: 2 ** 53 }, '/sequence type'],
    [{ sequence: '1' }, '/sequence type'],
    [{ shipment: [] }, '/shipment type'],
    [{ shipment: { carrier: '' } }, '/shipment/carrier length'],
    [{ shipment: { carrier: 'a\nb' } }, '/shipment/carrier format'],
    [{ shipment: { trackingUrl: 'ftp://example.com' } }, '/shipment/trackingUrl format'],
    [{ shipment: { weight: 1 } }, '/shipment/weight unknown_field'],
    [{ lines: [] }, '/lines type'],
    [{ lines: {} }, '/lines type'],
    [{ lines: [{ lineId: '1' }] }, '/lines/0/quantity required'],
    [{ lines: [{ lineId: '1', quantity: 0 }] }, '/lines/0/quantity type'],
    [{ lines: [{ lineId: '1', quantity: 1, sku: 'x' }] }, '/lines/0/sku unknown_field'],
    [{ supersedes: 'short' }, '/supersedes format'],
    [{ note: 'x'.repeat(501) }, '/note length'],
    [{ note: 'a\u0007' }, '/note format'],
    [{ note: null }, '/note type'],
    [{ Status: 'shipped' }, '/Status unknown_field'],
    [{ constructor: 1 }, '/constructor unknown_field'],
  ])('refuses %j at %s', (changes, fault) => expect(faultsOf(changes)).toEqual([fault]))

  it('takes what is just within the bounds', () => {
    expect(faultsOf({ occurredAt: new Date(NOW + MAX_AHEAD_MS).toISOString() })).toEqual([])
    expect(
      faultsOf({ note: '🚚'.repeat(500), orderId: '...', eventId: 'x'.repeat(64), sequence: 2 ** 53 - 1 }),
    ).toEqual([])
  })

  it.each([[null], [[]], ['event'], [1]])('refuses %j as no object', value => {
    expect(parse(value)).toMatchObject({
      errors: expect.arrayContaining([{ pointer: '', code: 'type', detail: 'This must be an object.' }]),
    })
  })

  it('bounds what it reports', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`field${index}${'x'.repeat(200)}`, 1]),
    )
    const parsed = parse({ ...EVENT, ...many })
    expect('errors' in parsed && parsed.errors.length).toBe(20)
    expect(JSON.stringify(parsed).length).toBeLessThan(10_000)
  })
})
