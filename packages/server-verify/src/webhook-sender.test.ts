import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PARTNER_SCHEME } from '@countersign/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createMemoryCredentialStore,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from './index.js'
import { createWebhookSender, type WebhookSenderOptions } from './webhook-sender.js'
import { signWebhook } from './webhook-signature.js'

const credential = {
  keyId: 'hook_acme_2026a',
  secret: 'not-a-secret-of-hook_acme_2026a',
  environment: 'live',
}
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

interface Received {
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: string[]
  readonly url: string
  readonly body: Buffer
}

async function startReceiver(answer: (number: number) => number | 'drop' | 'hang') {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      url: request.url ?? '',
      body: Buffer.concat(chunks),
    })
    const what = answer(received.length)
    if (what === 'drop') response.destroy()
    if (typeof what === 'number') response.writeHead(what, { location: 'http://127.0.0.1/' }).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks` }
}
const make = (options: Partial<WebhookSenderOptions> = {}) =>
  createWebhookSender({ credential, baseDelayMs: 0, outbound: { unsafeAllowLoopback: true }, ...options })

/** From the text of the specification, with node:crypto alone. */
function signatureOf({ headers, url, body }: Received): string {
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')![1]!
  const date = String(headers['x-partner-date'])
  const lines = names.split(';').map(name => `${name}:${String(headers[name])}\n`)
  const hash = createHash('sha256').update(body).digest('hex')
  const canonical = `POST\n${url}\n\n${lines.join('')}\n${names}\n${hash}`
  const scope = `${date.slice(0, 8)}/live/webhooks/partner4_request`
  let key: Buffer | string = `PARTNER4${credential.secret}`
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  const hashed = createHash('sha256').update(canonical).digest('hex')
  return createHmac('sha256', key).update(`PARTNER4-HMAC-SHA256\n${date}\n${scope}\n${hashed}`).digest('hex')
}

describe('signWebhook', () => {
  it('signs the vector "delivery" as Python and openssl do', () => {
    const file = JSON.parse(
      readFileSync(join(import.meta.dirname, '../../../test-vectors/webhooks.json'), 'utf8'),
    )
    const { request } = file.vectors.find((vector: { id: string }) => vector.id === 'delivery')
    const header = (name: string): string => request.rawHeaders[request.rawHeaders.indexOf(name) + 1]
    const headers = signWebhook(
      { url: `https://${header('Host')}${request.target}`, body: Buffer.from(request.bodyBase64, 'base64') },
      credential,
      { now: Date.UTC(2026, 10, 21, 23, 30, 40), nonce: header('X-Partner-Nonce') },
    )
    expect(headers['authorization']).toBe(header('Authorization'))
  })

  it('refuses an address that cannot be signed', () => {
    const body = new Uint8Array()
    expect(() => signWebhook({ url: 'https://a.test/a%20b', body }, credential)).toThrow(
      expect.objectContaining({ code: 'target_not_canonical' }),
    )
  })
})

describe('a webhook sender', () => {
  it('delivers the event, signed, and a verifier for webhooks accepts it where one for pushes does not', async () => {
    const { received, url } = await startReceiver(() => 204)
    expect(await make().send(url, { type: 'order.created' })).toEqual({
      delivered: true,
      attempts: 1,
      status: 204,
      failure: undefined,
      retryable: false,
    })
    const [request] = received
    expect(request!.headers.authorization).toContain(`Signature=${signatureOf(request!)}`)
    const accept = async (api: string): Promise<unknown> => {
      const credentials = createMemoryCredentialStore([
        {
          ...credential,
          partnerId: 'platform',
          kind: 'hmac',
          scopes: [],
          state: 'active',
          createdAt: new Date(),
        } as never,
      ])
      // Made an hour ago: a new guard does not know what came before it, and says so.
      let guardNow = Date.now() - 3_600_000
      const replay = createMemoryReplayGuard({ now: () => guardNow })
      guardNow = Date.now()
      const verifier = createRequestVerifier({
        authorities: [request!.headers.host!],
        environment: 'live',
        api,
        schemes: [hmacSignature({ rows: [PARTNER_SCHEME] })],
        credentials,
        replay,
      })
      const { rawHeaders, body, url: target } = request!
      return verifier
        .verify({ method: 'POST', target, rawHeaders, body, peer: { address: '127.0.0.1' } }, { scopes: [] })
        .then(
          caller => caller.credentialId,
          (error: { code: string }) => error.code,
        )
    }
    expect(await accept('webhooks')).toBe(credential.keyId)
    expect(await accept('orders')).toBe('credential_scope_invalid')
  })

  it('tries again what may pass, signed anew, and gives up in the end', async () => {
    const fates = [503, 'drop', 429, 200] as const
    const { received, url } = await startReceiver(number => fates[number - 1]!)
    expect(await make({ maxAttempts: 4 }).send(url, {})).toMatchObject({ delivered: true, attempts: 4 })
    expect(new Set(received.map(request => request.headers['x-partner-nonce'])).size).toBe(4)
    for (const request of received) expect(request.headers.authorization).toContain(signatureOf(request))
    const down = await startReceiver(() => 500)
    expect(await make().send(down.url, {})).toMatchObject({
      delivered: false,
      attempts: 3,
      status: 500,
      retryable: true,
    })
  })

  it('takes a refusal and a redirect for an answer', async () => {
    for (const status of [400, 401, 410, 307]) {
      const { received, url } = await startReceiver(() => status)
      expect(await make().send(url, {})).toMatchObject({
        delivered: false,
        attempts: 1,
        status,
        retryable: false,
      })
      expect(received).toHaveLength(1)
    }
  })

  it('does not wait for ever', async () => {
    const { url } = await startReceiver(() => 'hang')
    expect(await make({ timeoutMs: 100, maxAttempts: 1 }).send(url, {})).toMatchObject({
      delivered: false,
      failure: 'ETIMEDOUT',
      retryable: true,
    })
  })

  it('uses the credential of the moment', async () => {
    const { received, url } = await startReceiver(() => 200)
    let keyId = 'hook_acme_2026a'
    const sender = make({ credential: async () => ({ ...credential, keyId }) })
    await sender.send(url, {})
    keyId = 'hook_acme_2026b'
    await sender.send(url, {})
    expect(received.map(({ headers }) => /Credential=([^/]+)/.exec(headers.authorization!)![1])).toEqual([
      'hook_acme_2026a',
      'hook_acme_2026b',
    ])
  })

  it.each([
    'http://hooks.acme.example/',
    'https://127.0.0.1/',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://user:password@hooks.acme.example/',
    'file:///etc/passwd',
    'no url',
  ])('does not go to %s', async url => {
    expect(await createWebhookSender({ credential }).send(url, {})).toMatchObject({
      attempts: 0,
      failure: 'url_not_allowed',
    })
  })

  it('does not go to a name that leads to a private address', async () => {
    const { received, url } = await startReceiver(() => 200)
    const sender = createWebhookSender({ credential, outbound: {} })
    expect(await sender.send(url.replace('http://127.0.0.1', 'https://localhost'), {})).toMatchObject({
      delivered: false,
      failure: 'url_not_allowed',
      retryable: false,
    })
    expect(received).toEqual([])
  })
})
