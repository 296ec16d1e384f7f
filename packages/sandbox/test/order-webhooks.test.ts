import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { createWebhookVerifier, type VerifiedWebhook } from '@countersign/sdk/webhooks'
import { expect, it } from 'vitest'
import { startSandbox } from '../src/index.js'

it('a partner is told once of every order that came into being, and its verifier accepts it', async () => {
  const received: VerifiedWebhook[] = []
  const refusals: unknown[] = []
  let verifier: ReturnType<typeof createWebhookVerifier> | undefined
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = '', url: target = '', rawHeaders } = request
    const answered = await verifier!.verify({ method, target, rawHeaders, body: Buffer.concat(chunks) }).then(
      webhook => received.push(webhook) && 204,
      error => refusals.push(error) && 400,
    )
    response.writeHead(answered).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const sandbox = await startSandbox({ port: 0, webhookUrl: `http://${host}/hooks` })
  const { url, hmac, environment, api, webhook } = sandbox.ready
  verifier = createWebhookVerifier({ keys: [webhook!], environment, hosts: [host] })
  const client = new PartnerClient({
    baseUrl: url,
    auth: hmacAuth({ ...hmac, environment, api }),
    proxy: false,
  })
  try {
    const occurredAt = new Date('2026-11-21T23:30:40Z')
    await client.orders.pushStatus('A-1', { status: 'received', occurredAt })
    await client.orders.pushStatus('A-1', { status: 'packed', occurredAt })
    const rows = ['A-1', 'A-2', 'A-3', 'A-2'].map((orderId, n) => ({
      orderId,
      status: 'shipped',
      occurredAt: new Date(occurredAt.getTime() + n * 1000),
    }))
    for await (const outcome of client.orders.pushStatuses(rows)) expect(outcome.result).toBe('accepted')
    await expect.poll(() => received.length).toBe(3)
  } finally {
    await client.close()
    await sandbox.close()
    server.closeAllConnections()
    server.close()
  }
  const told = received.map(each => each.json() as { type: string; data: { orderId: string } })
  expect(told.map(({ type, data }) => [type, data.orderId]).sort()).toEqual([
    ['order.created', 'A-1'],
    ['order.created', 'A-2'],
    ['order.created', 'A-3'],
  ])
  expect(refusals).toEqual([])
})
