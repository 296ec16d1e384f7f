import { describe, expect, it, vi } from 'vitest'
import { createRequestSigner } from './request-signer.js'
import { createWebhookVerifier, type WebhookRequest, type WebhookVerifierOptions } from './webhooks.js'

const NOW = Date.UTC(2026, 10, 22)
const host = 'hooks.acme.example'
const key = { keyId: 'hook_acme_2026a', secret: 'cs-canary-hook' }
const next = { keyId: 'hook_acme_2026b', secret: 'cs-canary-hook-next' }

function send(body: string, from: { keyId: string; secret: string } = key): WebhookRequest {
  const signer = createRequestSigner({ ...from, environment: 'live', api: 'webhooks', clock: () => NOW })
  const bytes = new TextEncoder().encode(body)
  const { headers } = signer.sign({
    method: 'POST',
    authority: host,
    path: '/hooks',
    headers: { 'content-type': 'application/json' },
    body: bytes,
  })
  return {
    method: 'POST',
    target: '/hooks',
    rawHeaders: ['Host', host, ...Object.entries(headers).flat()],
    body: bytes,
  }
}
const verifier = (options: Partial<WebhookVerifierOptions> = {}) =>
  createWebhookVerifier({ keys: [key], environment: 'live', hosts: [host], clock: () => NOW, ...options })

describe('a webhook', () => {
  it('is what was sent, and shows signed headers only', async () => {
    const request = send('{"type":"order.created"}')
    const webhook = await verifier().verify({
      ...request,
      rawHeaders: [...request.rawHeaders, 'X-Unsigned', 'x'],
    })
    expect(webhook).toMatchObject({ keyId: key.keyId, sentAt: new Date(NOW), body: request.body })
    expect(webhook.json()).toEqual({ type: 'order.created' })
    expect([...webhook.signedHeaders.keys()]).toEqual([
      'content-type',
      'host',
      'x-partner-content-sha256',
      'x-partner-date',
      'x-partner-nonce',
    ])
  })

  it('as text is refused: a parser has been at it', async () => {
    const request = send('{}')
    for (const body of ['{}', {}] as unknown as Uint8Array[])
      await expect(verifier().verify({ ...request, body })).rejects.toThrow(/raw bytes/)
  })

  it('is accepted once', async () => {
    const receiver = verifier()
    const request = send('{}')
    await receiver.verify(request)
    await expect(receiver.verify(request)).rejects.toMatchObject({
      code: 'request_replayed',
      status: 409,
      retryable: true,
    })
    await receiver.verify(send('{}'))
  })

  it('is not accepted when no more can be remembered, until time has passed', async () => {
    let now = NOW
    const receiver = verifier({ maxRemembered: 2, clock: () => now })
    await receiver.verify(send('1'))
    await receiver.verify(send('2'))
    await expect(receiver.verify(send('3'))).rejects.toMatchObject({
      code: 'receiver_busy',
      status: 503,
      retryable: true,
    })
    now += 300_000
    await expect(receiver.verify(send('4'))).rejects.toMatchObject({ code: 'receiver_busy' })
  })

  it('shows no secret when it is refused', async () => {
    const request = send('{}', { ...key, secret: 'cs-canary-other' })
    const error: Error = await verifier()
      .verify(request)
      .then(
        () => expect.unreachable(),
        (reason: Error) => reason,
      )
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/cs-canary|Signature=/)
  })
})

describe('keys', () => {
  it('of two are both good while one takes the place of the other', async () => {
    const receiver = verifier({ keys: [key, next] })
    await receiver.verify(send('{}'))
    await receiver.verify(send('{}', next))
    await expect(verifier({ keys: [next] }).verify(send('{}'))).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })

  it('from a function are asked for at the first webhook, and for an unknown key at most every 10 s', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => now)
    const keys = vi.fn(async () => (keys.mock.calls.length > 1 ? [key, next] : [key]))
    const receiver = verifier({ keys })
    await Promise.all([receiver.verify(send('{}')), receiver.verify(send('{}'))])
    expect(keys).toHaveBeenCalledTimes(1)
    await expect(receiver.verify(send('{}', next))).rejects.toMatchObject({ code: 'invalid_credentials' })
    expect(keys).toHaveBeenCalledTimes(1)
    now += 10_000
    await receiver.verify(send('{}', next))
    expect(keys).toHaveBeenCalledTimes(2)
    vi.restoreAllMocks()
  })

  it('take their secret from a function as well', async () => {
    const secret = vi.fn(async () => key.secret)
    const receiver = verifier({ keys: [{ keyId: key.keyId, secret }] })
    await receiver.verify(send('1'))
    await receiver.verify(send('2'))
    expect(secret).toHaveBeenCalledTimes(1)
  })
})

it.each<[string, Partial<WebhookVerifierOptions>]>([
  ['no host', { hosts: [] }],
  ['no key', { keys: [] }],
  ['two keys of one id', { keys: [key, key] }],
  ['a tolerance that is none', { tolerance: { pastSeconds: Number.NaN, futureSeconds: 0 } }],
  ['a tolerance of more than a day', { tolerance: { pastSeconds: 1e9, futureSeconds: 0 } }],
  ['an environment that is none', { environment: 'a/b' }],
])('a receiver with %s is not made', (_, options) => {
  expect(() => verifier(options)).toThrow()
})
