// A partner's own unit tests: the sandbox answers inside this process, by Mock Service Worker. No port, no network, and yet
// signatures are verified and events stored.
//   npx vitest run --root examples/partner/unit-test-with-msw
import { createSandboxHandlers } from '@countersign/sandbox/msw'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { reportDelivery } from './report-delivery.js'

const sandbox = await createSandboxHandlers({ baseUrl: 'https://orders.example' })
const server = setupServer(...sandbox.handlers)
const { url, hmac, environment, api } = sandbox.ready
// MSW sees what the global fetch sends, so that is what the client is to use.
const connect = secret =>
  new PartnerClient({
    baseUrl: url,
    auth: hmacAuth({ keyId: hmac.keyId, secret, environment, api }),
    fetch: globalThis.fetch,
    retry: { baseDelayMs: 1 },
  })

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(async () => {
  server.close()
  await sandbox.close()
})

const delivery = { parcel: 'P-1', deliveredAt: new Date('2026-01-05T09:30:00Z'), recipient: 'J. Doe' }

it('reports a delivery', async () => {
  const client = connect(hmac.secret)
  expect(await reportDelivery(client, delivery)).toBe('delivered')
  expect(await client.orders.get('P-1')).toMatchObject({ currentStatus: 'delivered' })
  for await (const event of client.orders.history('P-1')) expect(event.note).toBe('received by J. Doe')
})

it('gets through an outage', async () => {
  const outage = http.post(`${url}/*`, () => new HttpResponse(null, { status: 503 }), { once: true })
  server.use(outage)
  expect(await reportDelivery(connect(hmac.secret), { ...delivery, parcel: 'P-2' })).toBe('delivered')
  expect(outage.isUsed).toBe(true)
})

it('says when the secret is wrong', async () => {
  await expect(reportDelivery(connect('another secret'), delivery)).rejects.toMatchObject({
    code: 'invalid_credentials',
  })
})

it('says which field is wrong before anything is sent', async () => {
  const deliveredAt = new Date('2199-01-01T00:00:00Z')
  await expect(reportDelivery(connect(hmac.secret), { ...delivery, deliveredAt })).rejects.toMatchObject({
    code: 'order_status_invalid',
    errors: [{ pointer: '/occurredAt' }],
  })
})
