// Each kind of credential of the sdk against the sandbox's real verifier and real authorization server.

import {
  type Authenticator,
  apiKeyAuth,
  clientCredentialsAuth,
  hmacAuth,
  httpSignatureAuth,
  PartnerClient,
} from '@countersign/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../src/index.js'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0 })
})
afterAll(() => sandbox.close())

const oauth = (dpop: boolean): Authenticator => {
  const { environment, oauth: issued } = sandbox.ready
  const { issuer, clientId, clientSecret, scope, audience } = issued!
  return clientCredentialsAuth({
    ...{ environment, issuer, clientId, dpop },
    authentication: { method: 'client_secret_basic', clientSecret },
    scope: scope.split(' '),
    resource: audience,
    allowHttpOnLoopback: true,
  })
}

it.each<[string, string, () => Authenticator]>([
  ['hmacAuth', 'hmac', () => hmacAuth({ ...sandbox.ready.hmac, environment: 'sandbox', api: 'orders' })],
  ['apiKeyAuth', 'api-key', () => apiKeyAuth({ apiKey: sandbox.ready.apiKey, environment: 'sandbox' })],
  [
    'httpSignatureAuth',
    'http-signature',
    () => {
      const { keyId, privateKeyPem } = sandbox.ready.httpSignature
      return httpSignatureAuth({ keyId, environment: 'sandbox', privateKey: privateKeyPem })
    },
  ],
  ['clientCredentialsAuth', 'access-token', () => oauth(false)],
  ['clientCredentialsAuth with DPoP', 'access-token', () => oauth(true)],
])('%s', async (_, scheme, makeAuth) => {
  const client = new PartnerClient({ baseUrl: sandbox.url, auth: makeAuth(), proxy: false })
  try {
    expect(await client.whoami()).toMatchObject({ partner: 'acme', scheme, environment: 'sandbox' })
    const orderId = `A-${scheme}`
    const event = { status: 'shipped', occurredAt: '2026-11-21T23:30:40Z' } as const
    const receipt = await client.orders.pushStatus(orderId, event)
    expect(receipt.currentStatus).toBe('shipped')
    expect(await client.orders.pushStatus(orderId, event)).toMatchObject({ replayed: true })
    const proof = await client.events.get(receipt.eventId)
    expect(proof).toMatchObject({ event: { orderId }, receipt: { eventId: receipt.eventId } })
    for await (const each of client.orders.history(orderId, { pageSize: 1 }))
      expect(each.orderId).toBe(orderId)
  } finally {
    await client.close()
  }
})
