import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.js'
import { ApiClient, newEvent } from './api-client.js'

const key = (name: string) => ({ keyId: `test_${name}`, secret: `${name}-secret-of-32-characters-or-so` })
const credential = (name: string, partnerId: string, scopes: readonly string[]) => ({
  ...key(name),
  kind: 'hmac' as const,
  partnerId,
  environment: 'sandbox',
  scopes,
  state: 'active' as const,
  createdAt: Date.now() + 60_000,
})

let sandbox: Sandbox
let api: ApiClient
beforeAll(async () => {
  sandbox = await startSandbox({
    port: 0,
    credentials: [
      credential('globex', 'globex', ['orders:read', 'orders:status:write']),
      credential('reader', 'acme', ['orders:read']),
    ],
  })
  api = new ApiClient(sandbox.ready)
})
afterAll(async () => {
  api?.close()
  await sandbox?.close()
})

describe('one event', () => {
  it('is answered with a receipt, and again with the same one', async () => {
    const event = newEvent({ occurredAt: '2026-11-21T23:30:40+01:00', lines: [{ quantity: 2, lineId: '1' }] })
    const first = await api.push('S-1', event)
    expect([first.status, first.body]).toMatchObject([
      202,
      {
        eventId: event.eventId,
        orderId: 'S-1',
        effect: 'applied',
        replayed: false,
        currentStatus: 'shipped',
      },
    ])
    // Equal after normalisation: other order of keys, other spelling of the moment, orderId given.
    const same = {
      orderId: 'S-1',
      lines: [{ lineId: '1', quantity: 2.0 }],
      occurredAt: '2026-11-21T22:30:40.000Z',
      status: 'shipped',
      eventId: event.eventId,
    }
    const again = await api.push('S-1', same)
    expect([again.status, again.body]).toEqual([202, { ...first.body, replayed: true }])
  })

  it('is refused when its id was used for another payload or another order', async () => {
    const event = newEvent()
    await api.push('S-2', event)
    for (const [orderId, changes] of [
      ['S-2', { note: 'changed' }],
      ['S-2b', {}],
    ] as const) {
      const answer = await api.push(orderId, { ...event, ...changes })
      expect([answer.status, answer.body]).toMatchObject([
        422,
        { code: 'event_id_reused', retryable: false, errors: [{ pointer: '/eventId' }] },
      ])
    }
    expect((await api.get('/v1/orders/S-2b')).status).toBe(404)
  })

  it('is stored as late when a newer one is known: by occurredAt, then sequence, then arrival', async () => {
    const at = { occurredAt: '2026-11-21T12:00:00Z' }
    const push = async (event: object) => (await api.push('S-3', newEvent(event))).body
    expect(await push({ ...at, status: 'packed', sequence: 5 })).toMatchObject({ effect: 'applied' })
    expect(await push({ ...at, status: 'shipped', sequence: 4 })).toMatchObject({
      effect: 'late',
      currentStatus: 'packed',
    })
    expect(await push({ ...at, status: 'shipped' })).toMatchObject({
      effect: 'late',
      currentStatus: 'packed',
    })
    expect(await push({ ...at, status: 'shipped', sequence: 5 })).toMatchObject({
      effect: 'applied',
      currentStatus: 'shipped',
    })
    expect(await push({ ...at, occurredAt: '2026-11-21T11:59:59.999Z', sequence: 9 })).toMatchObject({
      effect: 'late',
    })
    expect(await push({ ...at, status: 'shipped', sequence: 6 })).toMatchObject({ effect: 'no_change' })
  })

  it('supersedes an earlier one of the same order, and the current status is computed anew', async () => {
    const packed = newEvent({ status: 'packed', occurredAt: '2026-11-21T10:00:00Z' })
    const delivered = newEvent({ status: 'delivered', occurredAt: '2026-11-21T12:00:00Z' })
    await api.push('S-4', packed)
    await api.push('S-4', delivered)
    const fix = newEvent({
      status: 'shipped',
      occurredAt: '2026-11-21T11:00:00Z',
      supersedes: delivered.eventId,
    })
    expect((await api.push('S-4', fix)).body).toMatchObject({ effect: 'applied', currentStatus: 'shipped' })
    const history = await api.get('/v1/orders/S-4/statuses')
    expect(history.body['events']![1]).toMatchObject({
      eventId: delivered.eventId,
      supersededBy: fix.eventId,
    })

    for (const [orderId, supersedes] of [
      ['S-4', 'evt_that_never_was'],
      ['S-4b', packed.eventId],
    ] as const) {
      const answer = await api.push(orderId, newEvent({ supersedes }))
      expect([answer.status, answer.body]).toMatchObject([
        422,
        { code: 'supersedes_invalid', errors: [{ pointer: '/supersedes' }] },
      ])
    }
  })

  it('does not supersede the event of another partner', async () => {
    const theirs = newEvent()
    await api.push('G-1', theirs, { key: key('globex') })
    expect((await api.push('S-5', newEvent({ supersedes: theirs.eventId }))).body['code']).toBe(
      'supersedes_invalid',
    )
    // And an id is unique per partner only.
    expect((await api.push('S-5', { ...newEvent(), eventId: theirs.eventId })).status).toBe(202)
  })

  it.each([
    [{ status: 'Shiped' }, 'unknown_status', '/status', 'shipped'],
    [{ status: 'out for delivery' }, 'unknown_status', '/status', 'out_for_delivery'],
    [{ status: 'x'.repeat(100_000) }, 'unknown_status', '/status', undefined],
    [{ occurredAt: '2126-01-01T00:00:00Z' }, 'occurred_in_future', '/occurredAt', undefined],
    [{ occurredAt: '2026-11-21 10:00' }, 'event_invalid', '/occurredAt', undefined],
    [{ occurredAt: '2026-02-30T10:00:00Z' }, 'event_invalid', '/occurredAt', undefined],
    [{ trackingNumber: '1' }, 'event_invalid', '/trackingNumber', undefined],
    [{ shipment: { carier: 'DHL' } }, 'event_invalid', '/shipment/carier', undefined],
    [{ lines: [{ lineId: '1', quantity: 0 }] }, 'event_invalid', '/lines/0/quantity', undefined],
    [{ 'a/b~c': 1 }, 'event_invalid', '/a~1b~0c', undefined],
    [{ eventId: 'short' }, 'event_invalid', '/eventId', undefined],
    [{ note: null }, 'event_invalid', '/note', undefined],
    [{ note: 'a\u0000b' }, 'event_invalid', '/note', undefined],
    [{ note: '🚚'.repeat(501) }, 'event_invalid', '/note', undefined],
    [{ sequence: 1.5 }, 'event_invalid', '/sequence', undefined],
    [
      { shipment: { trackingUrl: 'javascript:alert(1)' } },
      'event_invalid',
      '/shipment/trackingUrl',
      undefined,
    ],
    [{ orderId: 'S-7' }, 'order_id_mismatch', '/orderId', undefined],
  ])('with %j is refused as %s at %s', async (changes, code, pointer, suggestion) => {
    const answer = await api.push('S-6', newEvent(changes))
    expect([answer.status, answer.body['code'], answer.body['retryable']]).toEqual([422, code, false])
    expect(answer.body['errors']).toHaveLength(1)
    expect(answer.body['errors']![0]).toMatchObject({
      pointer,
      ...(suggestion === undefined ? {} : { suggestion }),
    })
    expect((await api.get('/v1/orders/S-6')).status).toBe(404)
  })

  it('takes a note of 500 characters and keeps every text as it came', async () => {
    const note = `${'🚚'.repeat(498)}\n"`
    const event = newEvent({ note })
    expect((await api.push('S-8', event)).status).toBe(202)
    expect((await api.get(`/v1/events/${event.eventId}`)).body['event']!['note']).toBe(note)
  })

  it('names all faults at once', async () => {
    const { body } = await api.push('S-9', { eventId: 1, status: 'nope nope', extra: true })
    expect(body['errors']!.map(error => error['pointer'])).toEqual([
      '/extra',
      '/eventId',
      '/status',
      '/occurredAt',
    ])
  })

  it('is not accepted for an order that is not the partner’s', async () => {
    await api.push('S-10', newEvent())
    const answer = await api.push('S-10', newEvent(), { key: key('globex') })
    expect([answer.status, answer.body['code']]).toEqual([404, 'order_not_found'])
    const nowhere = await api.get('/v1/orders/S-never', { key: key('globex') })
    const foreign = await api.get('/v1/orders/S-10', { key: key('globex') })
    expect({ ...foreign.body, requestId: '' }).toEqual({ ...nowhere.body, requestId: '' })
    expect((await api.get('/v1/orders/S-10/statuses', { key: key('globex') })).status).toBe(404)
  })
})

describe('a batch', () => {
  it('gets one result per item in order, and a refused item holds back nothing', async () => {
    const [a, b, c] = [
      newEvent({ orderId: 'B-1' }),
      newEvent({ orderId: 'B-2' }),
      newEvent({ orderId: 'B-1', status: 'delivered', occurredAt: '2026-11-21T23:00:00Z' }),
    ]
    const { status, body } = await api.pushBatch([
      a,
      b,
      a,
      { ...newEvent(), orderId: 'B-1', status: 'shippedd' },
      { ...a, note: 'other' },
      c,
      'not an object',
      newEvent(),
    ])
    expect(status).toBe(200)
    expect(
      body['results']!.map(result => [
        result['status'],
        result['problem']?.['code'] ?? result['receipt']?.['replayed'],
      ]),
    ).toEqual([
      [202, false],
      [202, false],
      [202, true],
      [422, 'unknown_status'],
      [422, 'event_id_reused'],
      [202, false],
      [422, 'event_invalid'],
      [422, 'event_invalid'],
    ])
    expect(body['results']!.map(result => result['eventId'])).toMatchObject([
      a.eventId,
      b.eventId,
      a.eventId,
      expect.any(String),
      a.eventId,
      c.eventId,
      null,
      expect.any(String),
    ])
    expect(body['results']![3]!['problem']!['errors']![0]).toMatchObject({
      pointer: '/items/3/status',
      suggestion: 'shipped',
    })
    expect(body['results']![7]!['problem']!['errors']![0]).toMatchObject({
      pointer: '/items/7/orderId',
      code: 'required',
    })
    expect((await api.get('/v1/orders/B-1')).body).toMatchObject({ currentStatus: 'delivered', events: 2 })
  })

  it('answers 404 for the items of another partner’s order only', async () => {
    await api.push('B-3', newEvent())
    const { body } = await api.pushBatch([newEvent({ orderId: 'B-3' }), newEvent({ orderId: 'B-4' })], {
      key: key('globex'),
    })
    expect(body['results']!.map(result => result['status'])).toEqual([404, 202])
  })

  it('takes 500 items and not 501, and none is no batch', async () => {
    const items = Array.from({ length: 501 }, (_, index) => newEvent({ orderId: `B-5-${index % 90}` }))
    expect((await api.pushBatch(items.slice(0, 500))).body['results']).toHaveLength(500)
    for (const bad of [items, []])
      expect(await api.pushBatch(bad)).toMatchObject({
        status: 422,
        body: { code: 'batch_invalid', errors: [{ pointer: '/items' }] },
      })
    for (const body of [[], {}, { items: {} }, { items: [newEvent()], more: 1 }, null, 'x'])
      expect(
        await api.send({ method: 'POST', target: '/v1/order-statuses', body: JSON.stringify(body) }),
      ).toMatchObject({ status: 422, body: { code: 'batch_invalid' } })
  })
})

describe('reading', () => {
  it('pages through the history by cursor, and late events disturb no page', async () => {
    const events = Array.from({ length: 7 }, (_, index) =>
      newEvent({ orderId: 'R-1', occurredAt: `2026-11-21T10:0${index}:00Z` }),
    )
    await api.pushBatch(events.slice(0, 6))
    const first = await api.get('/v1/orders/R-1/statuses?limit=4')
    await api.push('R-1', { ...events[6]!, occurredAt: '2026-11-01T00:00:00Z' })
    const second = await api.get(`/v1/orders/R-1/statuses?cursor=${first.body['nextCursor']}&limit=4`)
    expect(second.body['nextCursor']).toBeUndefined()
    const read = [...first.body['events']!, ...second.body['events']!].map(event => event['eventId'])
    expect(read).toEqual(events.map(event => event.eventId))
  })

  it.each(['limit=0', 'limit=201', 'limit=1e1', 'cursor=AAAA', 'cursor=djE6MDE', 'page=2'])(
    'refuses the query %s',
    async query => {
      await api.push('R-2', newEvent())
      const answer = await api.get(`/v1/orders/R-2/statuses?${query}`)
      expect([answer.status, answer.body]).toMatchObject([
        400,
        { code: 'query_invalid', errors: [{ parameter: query.split('=')[0] }] },
      ])
    },
  )

  it('proves the receipt of an event with the request that brought it', async () => {
    const event = newEvent()
    const body = ` ${JSON.stringify(event)}\n`
    const pushed = await api.send({ method: 'POST', target: '/v1/orders/R-3/statuses', body })
    await api.push('R-3', newEvent({ status: 'delivered', occurredAt: '2026-11-22T00:00:00Z' }))
    const proof = await api.get(`/v1/events/${event.eventId}`)
    expect(proof.body).toMatchObject({
      receipt: pushed.body,
      requestId: pushed.headers['x-request-id'],
      credentialId: sandbox.ready.hmac.keyId,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    })
    for (const answer of [
      await api.get(`/v1/events/${event.eventId}`, { key: key('globex') }),
      await api.get('/v1/events/evt_that_never_was'),
    ])
      expect([answer.status, answer.body['code']]).toEqual([404, 'event_not_found'])
  })

  it('tells whom the service takes the caller for', async () => {
    expect((await api.get('/v1/whoami')).body).toMatchObject({
      partner: 'acme',
      credentialId: sandbox.ready.hmac.keyId,
      scheme: 'hmac',
      scopes: ['orders:read', 'orders:status:write'],
      environment: 'sandbox',
      api: 'orders',
    })
  })

  it('asks each route for its scope', async () => {
    const denied = await api.push('R-4', newEvent(), { key: key('reader') })
    expect([denied.status, denied.body['code']]).toEqual([403, 'scope_missing'])
    expect((await api.pushBatch([newEvent({ orderId: 'R-4' })], { key: key('reader') })).status).toBe(403)
    expect((await api.get('/v1/orders/R-4', { key: key('reader') })).status).toBe(404)
  })
})

describe('the service', () => {
  it('is healthy and ready', async () => {
    for (const target of ['/healthz', '/readyz'])
      expect((await api.get(target, { key: null })).body).toEqual({ status: 'ok' })
  })

  it('answers 404 and 405 as problems', async () => {
    expect((await api.get('/v2/orders', { key: null })).body).toMatchObject({ code: 'route_not_found' })
    const answer = await api.send({ method: 'DELETE', target: '/v1/orders/A-1/statuses', key: null })
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, POST'])
    expect((await api.get(`/v1/orders/${'x'.repeat(65)}`)).status).toBe(404)
  })
})
