// The sandbox as MSW handlers, met the way a partner's unit test meets it: through fetch and nothing else.
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSandboxHandlers, type SandboxHandlers } from '../src/msw.js'
import { newEvent } from './api-client.js'
import { signRequest } from './independent-signer.js'

const HOST = 'orders.example'
const server = setupServer()
let sandbox: SandboxHandlers
beforeAll(async () => {
  sandbox = await createSandboxHandlers({ baseUrl: `https://${HOST}` })
  server.use(...sandbox.handlers)
  server.listen({ onUnhandledRequest: 'error' })
})
afterAll(async () => {
  server.close()
  await sandbox.close()
})

function signed(target: string, { body = '', method = 'GET', key = sandbox.ready.hmac } = {}): Request {
  const { host: _, ...headers } = signRequest(key, { method, target, host: HOST, body })
  return new Request(`https://${HOST}${target}`, { method, headers, ...(body === '' ? {} : { body }) })
}

describe('the handlers', () => {
  it('verify, store and answer as the sandbox does', async () => {
    const target = '/v1/orders/A-1/statuses'
    const pushed = await fetch(signed(target, { method: 'POST', body: JSON.stringify(newEvent()) }))
    expect(pushed.status).toBe(202)
    expect(pushed.headers.get('x-request-id')).toMatch(/./)
    expect(await pushed.json()).toMatchObject({ orderId: 'A-1', effect: 'applied', replayed: false })
    const read = await fetch(signed('/v1/orders/A-1'))
    expect(await read.json()).toMatchObject({ orderId: 'A-1' })
  })

  it('refuse a wrong secret, a copy, and a body changed on its way', async () => {
    const { keyId } = sandbox.ready.hmac
    const wrong = await fetch(signed('/v1/whoami', { key: { keyId, secret: 'wrong' } }))
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([401, 'application/problem+json'])
    expect(wrong.headers.get('www-authenticate')).toContain('PARTNER4-HMAC-SHA256')
    const request = signed('/v1/whoami')
    expect((await fetch(request.clone())).status).toBe(200)
    expect((await fetch(request)).status).toBe(409)
    const target = '/v1/order-statuses'
    const { headers } = signed(target, { method: 'POST', body: '{"items":[]}' })
    const tampered = await fetch(`https://${HOST}${target}`, {
      method: 'POST',
      headers,
      body: '{"items": []}',
    })
    expect(tampered.status).toBe(401)
  })

  it('take an API key', async () => {
    const answer = await fetch(`https://${HOST}/v1/whoami`, {
      headers: { 'x-api-key': sandbox.ready.apiKey },
    })
    expect(await answer.json()).toMatchObject({ partner: 'acme', scheme: 'api-key' })
  })

  it('issue access tokens, and take them', async () => {
    const { issuer, clientId, clientSecret, scope } = sandbox.ready.oauth!
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope })
    const issued = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body })
    const { access_token: token } = (await issued.json()) as { access_token: string }
    const answer = await fetch(`https://${HOST}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } })
    expect(await answer.json()).toMatchObject({ partner: 'acme', scheme: 'access-token' })
  })

  it('know their routes only', async () => {
    expect((await fetch(`https://${HOST}/nowhere`)).status).toBe(404)
  })
})
