import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** What the fake platform holds and how it behaves; tests change it as they go. */
export interface PartnerApi {
  readonly url: string
  readonly keyId: string
  readonly secret: string
  /** Every event that was stored, in the order of arrival. */
  readonly stored: Map<string, Record<string, unknown>>
  /** Raw targets of all requests, refused ones too. */
  readonly requests: string[]
  /** What whoami says. */
  scopes: string[]
  /** Answers a verified batch in place of the real thing. */
  intercept: ((items: readonly Item[]) => Answer | undefined | Promise<Answer | undefined>) | undefined
  /** Added to the Date header, in milliseconds. */
  clockOffsetMs: number
  close(): Promise<void>
}

/** PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface Item extends Record<string, unknown> {
  readonly eventId: string
  readonly orderId: string
  readonly status: string
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A small platform on a free port. It checks every signature by its own code on node:crypto, with nothing of ours, so that
 * the two cannot be wrong together.
 */
export async function startPartnerApi(tls?: TlsFiles): Promise<PartnerApi> {
  const serve: RequestListener = (request, response) => {
    void answer(api, request).then(({ status, body, headers }) => {
      const date = new Date(Date.now() + api.clockOffsetMs).toUTCString()
      const type = status >= 400 ? 'application/problem+json' : 'application/json'
      response.writeHead(status, { date, 'content-type': type, ...headers })
      response.end(JSON.stringify(body ?? {}))
    })
  }
  const server = tls === undefined ? createServer(serve) : createHttpsServer(tls, serve)
  server.keepAliveTimeout = 0
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const api: PartnerApi = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    keyId: 'test_key_0001',
    secret: 'canary-3f9a1c77-secret',
    stored: new Map(),
    requests: [],
    scopes: ['orders:read', 'orders:status:write'],
    intercept: undefined,
    clockOffsetMs: 0,
    close: () => close(server),
  }
  return api
}

function close(server: Server | HttpsServer): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}

async function answer(api: PartnerApi, request: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const target = request.url!
  api.requests.push(`${request.method} ${target}`)
  if (!isSigned(api, request, body)) return problem(401, 'invalid_credentials')
  if (target === '/v1/whoami') {
    const serverTime = new Date().toISOString()
    const { keyId, scopes } = api
    return {
      status: 200,
      body: {
        partner: 'acme',
        credentialId: keyId,
        scheme: 'hmac',
        scopes,
        environment: 'sandbox',
        api: 'orders',
        serverTime,
      },
    }
  }
  if (request.method === 'POST' && target === '/v1/order-statuses') {
    const { items } = JSON.parse(body.toString('utf8')) as { items: Item[] }
    return (
      (await api.intercept?.(items)) ?? {
        status: 200,
        body: { results: items.map(item => store(api, item)) },
      }
    )
  }
  const single = /^\/v1\/orders\/([A-Za-z0-9._-]+)\/statuses$/.exec(target)
  if (request.method === 'POST' && single !== null) {
    const item = JSON.parse(body.toString('utf8')) as Item
    const intercepted = await api.intercept?.([item])
    if (intercepted !== undefined) return intercepted
    const { status, receipt } = store(api, item)
    return { status, body: receipt }
  }
  return problem(404, 'order_not_found')
}

/** The rule "an event id is stored once", and nothing else of the real platform's. */
function store(
  api: PartnerApi,
  item: Item,
): { eventId: string; status: number; receipt: Record<string, unknown> } {
  const { eventId, orderId, status } = item
  const replayed = api.stored.has(eventId)
  if (!replayed) api.stored.set(eventId, item)
  const receipt = {
    eventId,
    orderId,
    effect: 'applied',
    replayed,
    recordedAt: '2026-11-21T23:30:40.000Z',
    currentStatus: status,
  }
  return { eventId, status: 202, receipt }
}

export function problem(status: number, code: string, retryable: boolean = false): Answer {
  return {
    status,
    body: { type: 'about:blank', title: code, status, code, detail: `It is ${code}.`, retryable },
  }
}

/** `spec/partner-signing.md` once more, written down from the text. */
function isSigned(api: PartnerApi, request: IncomingMessage, body: Buffer): boolean {
  const authorization =
    /^PARTNER4-HMAC-SHA256 Credential=([\w-]+)\/(\d{8})\/sandbox\/orders\/partner4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  if (authorization === null || authorization[1] !== api.keyId) return false
  const [, , day, signedHeaders, signature] = authorization
  const date = String(request.headers['x-partner-date'])
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const names = signedHeaders!.split(';')
  const mustBeThere = ['host', 'x-partner-content-sha256', 'x-partner-date', 'x-partner-nonce']
  if (!mustBeThere.every(name => names.includes(name)) || !date.startsWith(day!)) return false
  if (request.headers['x-partner-content-sha256'] !== bodyHash) return false
  const [path, query = ''] = request.url!.split('?')
  const headers = names.map(name => `${name}:${String(request.headers[name])}\n`).join('')
  const canonicalRequest = [request.method, path, query, headers, signedHeaders, bodyHash].join('\n')
  const scope = `${day}/sandbox/orders/partner4_request`
  const hash = createHash('sha256').update(canonicalRequest).digest('hex')
  const key = [day!, 'sandbox', 'orders', 'partner4_request'].reduce<Buffer | string>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `PARTNER4${api.secret}`,
  )
  const expected = createHmac('sha256', key)
    .update(`PARTNER4-HMAC-SHA256\n${date}\n${scope}\n${hash}`)
    .digest()
  return timingSafeEqual(expected, Buffer.from(signature!, 'hex'))
}
