import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { DebugEvent } from './debug-event.js'
import { PartnerError } from './errors.js'
import { hmacAuth } from './hmac-authenticator.js'
import type { PartnerClientOptions } from './options.js'
import { PartnerClient } from './partner-client.js'
import { Secret } from './secret.js'
import {
  type Answering,
  problem,
  type RecordingServer,
  type Reply,
  startRecordingServer,
} from './testing/recording-server.js'
import { verifyArrived } from './testing/spec-verifier.js'

const SECRET = 'canary-secret-of-acme-3b9d'
const credential = { keyId: 'demo_acme_key1', secret: SECRET, environment: 'sandbox', api: 'orders' }
const quick = { baseDelayMs: 0, maxDelayMs: 0 }
const update = { status: 'shipped', occurredAt: '2026-11-21T23:30:40Z' }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function start(
  answer: Answering,
  options: Partial<PartnerClientOptions> = {},
): Promise<{ server: RecordingServer; client: PartnerClient }> {
  const server = await startRecordingServer(answer)
  const client = new PartnerClient({
    baseUrl: server.url,
    auth: hmacAuth(credential),
    retry: quick,
    proxy: false,
    ...options,
  })
  open.push(client, server)
  return { server, client }
}

/** Answers any event with a receipt. */
const accept: Answering = request => {
  const event = JSON.parse(request.body.toString() || '{}') as {
    eventId: string
    orderId: string
    status: string
  }
  const receipt = {
    effect: 'applied',
    replayed: false,
    recordedAt: '2026-11-21T23:30:41.000Z',
    currentStatus: event.status,
  }
  return { status: 202, body: { eventId: event.eventId, orderId: event.orderId, ...receipt } }
}

async function failureOf(promise: Promise<unknown>): Promise<PartnerError> {
  const error: unknown = await promise.then(
    value => expect.unreachable(`resolved with ${inspect(value)}`),
    (reason: unknown) => reason,
  )
  if (error instanceof PartnerError) return error
  throw error
}

describe('a push', () => {
  it('arrives signed, with its event id, and gives the receipt', async () => {
    const { server, client } = await start(accept)
    const receipt = await client.orders.pushStatus('A-1001', update)
    const [request] = server.requests
    const { signedHeaders, keyId } = verifyArrived(request!, SECRET)
    expect(keyId).toBe(credential.keyId)
    expect(signedHeaders).toEqual([
      'content-type',
      'host',
      'x-partner-content-sha256',
      'x-partner-date',
      'x-partner-nonce',
    ])
    expect([request!.method, request!.target]).toEqual(['POST', '/v1/orders/A-1001/statuses'])
    // uaIC…: from test/event_id.py
    expect(JSON.parse(request!.body.toString())).toEqual({
      ...update,
      eventId: 'uaICvISfZz51UKKPFGlCu04CBQe3hgH_',
      orderId: 'A-1001',
      occurredAt: '2026-11-21T23:30:40.000Z',
    })
    expect(receipt).toMatchObject({ eventId: 'uaICvISfZz51UKKPFGlCu04CBQe3hgH_', effect: 'applied' })
  })

  it('is not sent when the event is not valid', async () => {
    const { server, client } = await start(accept)
    const error = await failureOf(client.orders.pushStatus('..', { ...update, status: 'shiped' }))
    expect(error).toMatchObject({ name: 'OrderStatusError', code: 'order_status_invalid' })
    expect(server.requests).toEqual([])
  })

  it('refuses a receipt that is not for its event', async () => {
    const { client } = await start(async (request, number) => {
      const reply = (await accept(request, number)) as Reply
      return { ...reply, body: { ...(reply.body as object), eventId: 'another_event_id_1' } }
    })
    expect(await failureOf(client.orders.pushStatus('A-1', update))).toMatchObject({
      code: 'response_invalid',
    })
  })

  it('goes over one connection that is kept', async () => {
    const { server, client } = await start(accept)
    for (let i = 0; i < 5; i++) await client.orders.pushStatus(`A-${i}`, update)
    expect(server.connections()).toBe(1)
  })
})

describe('retries', () => {
  it.each<[string, Reply | 'drop']>([
    ['503', problem(503, 'replay_guard_warming', { retryable: true })],
    ['429', problem(429, 'rate_limited')],
    ['409 that says it is retryable', problem(409, 'request_replayed', { retryable: true })],
    ['a lost answer', 'drop'],
    ['502 of a proxy', { status: 502, body: '<html>' }],
  ])('after %s: signed anew, with the same event id', async (_, first) => {
    const { server, client } = await start((request, number) =>
      number === 1 ? first : accept(request, number),
    )
    await client.orders.pushStatus('A-1001', update)
    const [one, two] = server.requests
    const [a, b] = [verifyArrived(one!, SECRET), verifyArrived(two!, SECRET)]
    expect(server.requests).toHaveLength(2)
    expect(a.nonce).not.toBe(b.nonce)
    expect(one!.header('authorization')).not.toBe(two!.header('authorization'))
    expect(one!.body.equals(two!.body)).toBe(true)
  })

  it('stop after maxAttempts, with the last problem', async () => {
    const { server, client } = await start(
      () => problem(503, 'dependency_unavailable', { retryable: true }),
      {
        retry: { ...quick, maxAttempts: 3 },
      },
    )
    const error = await failureOf(client.orders.pushStatus('A-1', update))
    expect(server.requests).toHaveLength(3)
    expect(error).toMatchObject({
      name: 'ServiceUnavailableError',
      code: 'dependency_unavailable',
      retryable: true,
      status: 503,
      requestId: 'req-1',
    })
  })

  it('do not happen for a refusal', async () => {
    const { server, client } = await start(() => problem(422, 'event_id_reused'))
    const error = await failureOf(client.orders.pushStatus('A-1', update))
    expect(server.requests).toHaveLength(1)
    expect(error).toMatchObject({
      name: 'RequestRefusedError',
      code: 'event_id_reused',
      retryable: false,
      status: 422,
    })
    expect(error.message).toContain('POST /v1/orders/A-1/statuses')
  })

  it('of a POST of the caller only happen when that is harmless', async () => {
    const { server, client } = await start((_, number) => (number % 2 === 1 ? { status: 503 } : { body: {} }))
    const post = { method: 'POST', path: '/v1/other', body: {} }
    await failureOf(client.request(post))
    expect(server.requests).toHaveLength(1)
    await client.request({ ...post, path: '/x' })
    await client.request({ ...post, headers: { 'Idempotency-Key': '"k1"' } })
    expect(server.requests).toHaveLength(4)
    expect(verifyArrived(server.requests[3]!, SECRET).signedHeaders).toContain('idempotency-key')
  })

  it('are not waited for when the server asks for too long', async () => {
    const { server, client } = await start(() => ({
      ...problem(429, 'rate_limited'),
      headers: { 'retry-after': '86400' },
    }))
    const error = await failureOf(client.whoami())
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 86_400_000 })
    expect(server.requests).toHaveLength(1)
  })
})

describe('a wrong clock', () => {
  const real = Date.UTC(2026, 10, 21, 23, 30, 40)
  const wrong = real - 3_600_000
  const skewed = (headers: Record<string, string>): Reply => ({ ...problem(401, 'clock_skew'), headers })
  const date = new Date(real).toUTCString()

  it('is corrected by the Date of a clock_skew answer, once, and stays corrected', async () => {
    const { server, client } = await start(
      (_, number) => (number === 1 ? skewed({ date }) : { body: { partner: 'acme' } }),
      {
        clock: () => wrong,
      },
    )
    await client.whoami()
    await client.whoami()
    const dates = server.requests.map(request => verifyArrived(request, SECRET).date)
    expect(dates).toEqual(['20261121T223040Z', '20261121T233040Z', '20261121T233040Z'])
  })

  it.each<[string, Record<string, string>]>([
    ['of a cached answer', { date, age: '7' }],
    ['of more than a day', { date: new Date(real + 90_000_000).toUTCString() }],
    ['that cannot be read', { date: 'yesterday' }],
  ])('is not corrected by a Date %s', async (_, headers) => {
    const { server, client } = await start(() => skewed(headers), { clock: () => wrong })
    expect(await failureOf(client.whoami())).toMatchObject({
      name: 'AuthenticationError',
      code: 'clock_skew',
      status: 401,
    })
    expect(server.requests).toHaveLength(1)
  })

  it('is corrected at most once a request', async () => {
    const { server, client } = await start(() => skewed({ date }), { clock: () => wrong })
    expect(await failureOf(client.whoami())).toMatchObject({ code: 'clock_skew' })
    expect(server.requests).toHaveLength(2)
  })

  it('is not touched by any other answer', async () => {
    const { server, client } = await start(() => ({ body: { partner: 'acme' }, headers: { date } }), {
      clock: () => wrong,
    })
    await client.whoami()
    await client.whoami()
    expect(verifyArrived(server.requests[1]!, SECRET).date).toBe('20261121T223040Z')
  })
})

describe('a secret from a function', () => {
  it('is fetched once, and once more when it is refused', async () => {
    const secrets = ['old-secret', 'new-secret']
    let asked = 0
    const auth = hmacAuth({ ...credential, secret: async () => new Secret(secrets[Math.min(asked++, 1)]!) })
    const answer: Answering = request => {
      try {
        verifyArrived(request, 'new-secret')
        return { body: { partner: 'acme' } }
      } catch {
        return problem(401, 'invalid_credentials')
      }
    }
    const { server, client } = await start(answer, { auth })
    await Promise.all([client.whoami(), client.whoami(), client.whoami()])
    expect(asked).toBe(2)
    expect(server.requests).toHaveLength(6)
  })

  it('that is refused unchanged is an authentication error', async () => {
    let asked = 0
    const auth = hmacAuth({ ...credential, secret: async () => `same${'.'.repeat(0 * asked++)}` })
    const { server, client } = await start(() => problem(401, 'invalid_credentials'), { auth })
    expect(await failureOf(client.whoami())).toMatchObject({
      name: 'AuthenticationError',
      code: 'invalid_credentials',
    })
    expect([asked, server.requests.length]).toEqual([2, 1])
  })

  it('that fails does not show why', async () => {
    const auth = hmacAuth({ ...credential, secret: () => Promise.reject(new TypeError(`bad ${SECRET}`)) })
    const { client } = await start(accept, { auth })
    const error = await failureOf(client.whoami())
    expect(error).toMatchObject({ code: 'secret_unavailable' })
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET)
  })
})

describe('request', () => {
  it('sends a sorted, encoded query and signs prefixed headers', async () => {
    const { server, client } = await start(() => ({ body: { ok: true }, headers: { 'x-request-id': 'r-7' } }))
    const response = await client.request({
      method: 'get',
      path: '/v1/things',
      query: { status: 'in transit', limit: '5' },
      headers: { 'X-Partner-Trace': 't  1', 'X-Amz-Meta': 'm' },
    })
    expect(server.requests[0]!.target).toBe('/v1/things?limit=5&status=in%20transit')
    expect(verifyArrived(server.requests[0]!, SECRET).signedHeaders).toEqual(
      expect.arrayContaining(['x-partner-trace', 'x-amz-meta']),
    )
    expect(response).toMatchObject({ status: 200, body: { ok: true }, requestId: 'r-7' })
  })

  it('keeps the path of the base URL', async () => {
    const { server, client } = await start(() => ({ body: {} }))
    const below = new PartnerClient({
      baseUrl: `${server.url}/partner/`,
      auth: hmacAuth(credential),
      proxy: false,
    })
    open.unshift(below, client)
    await below.request({ method: 'GET', path: '/v1/whoami' })
    expect(server.requests[0]!.target).toBe('/partner/v1/whoami')
    verifyArrived(server.requests[0]!, SECRET)
  })

  it.each([
    ['/v1/orders/../admin', 'target_not_canonical'],
    ['/v1/orders/A%20B', 'target_not_canonical'],
    ['//evil.example.com/v1', 'target_not_canonical'],
    ['https://evil.example.com/', 'target_not_canonical'],
    ['v1/orders', 'target_not_canonical'],
    ['/v1/orders#x', 'target_not_canonical'],
    ['/v1/orders?b=1&a=2', 'query_not_canonical'],
    ['/v1/orders?a=%2f', 'query_not_canonical'],
  ])('refuses the path %s before sending', async (path, code) => {
    const { server, client } = await start(() => ({ body: {} }))
    expect(await failureOf(client.request({ method: 'GET', path }))).toMatchObject({
      name: 'UsageError',
      code,
    })
    expect(server.requests).toEqual([])
  })

  it.each<[string, string]>([
    ['x-note', 'a\nb'],
    ['x-note', 'a\tb'],
    ['x-note', '€'],
    ['x note', 'a'],
    ['', 'a'],
  ])('refuses the header %j: %j before sending', async (name, value) => {
    const { server, client } = await start(() => ({ body: {} }))
    const error = await failureOf(client.request({ method: 'GET', path: '/', headers: { [name]: value } }))
    expect(error).toMatchObject({ name: 'UsageError', code: 'header_invalid' })
    expect(server.requests).toEqual([])
  })

  it('refuses headers that are the signer’s', async () => {
    const { server, client } = await start(() => ({ body: {} }))
    for (const name of [
      'Authorization',
      'Host',
      'x-partner-date',
      'X-Partner-Nonce',
      'X-Partner-Content-Sha256',
    ]) {
      const error = await failureOf(client.request({ method: 'GET', path: '/', headers: { [name]: 'x' } }))
      expect(error.code, name).toBe('header_invalid')
    }
    expect(server.requests).toEqual([])
  })
})

describe('answers', () => {
  it('never follows a redirect', async () => {
    const { server, client } = await start(() => ({
      status: 307,
      headers: { location: 'https://evil.example.com/' },
    }))
    const error = await failureOf(client.orders.pushStatus('A-1', update))
    expect(error).toMatchObject({ name: 'ResponseError', code: 'redirect_refused', retryable: false })
    expect(server.requests).toHaveLength(1)
  })

  it('stops reading at the size cap', async () => {
    const { client } = await start(() => ({ body: 'x'.repeat(100_000) }), { maxResponseBytes: 50_000 })
    expect(await failureOf(client.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'response_too_large',
    })
  })

  it('refuses JSON that is none', async () => {
    const { client } = await start(() => ({
      body: '{"partner":',
      headers: { 'content-type': 'application/json' },
    }))
    expect(await failureOf(client.whoami())).toMatchObject({ code: 'response_invalid', retryable: false })
  })

  it('names 403 and its code, and makes the texts of the server safe to print', async () => {
    const detail = 'no\u001b[31m red\nPARTNER4 Signature=0123456789abcdef'
    const { client } = await start(() => problem(403, 'scope_missing', { detail }))
    const error = await failureOf(client.whoami())
    expect(error).toMatchObject({ name: 'AuthenticationError', code: 'scope_missing', status: 403 })
    expect(error.message).not.toMatch(/\u001b|\n|0123456789abcdef/)
  })
})

describe('time', () => {
  it('runs out for one attempt', async () => {
    const { client } = await start(() => 'hang', { timeoutMs: 50, retry: { maxAttempts: 1 } })
    expect(await failureOf(client.whoami())).toMatchObject({
      name: 'ConnectionError',
      code: 'response_timeout',
      retryable: true,
    })
  })

  it('an abort rejects with its reason, during an attempt and during a pause', async () => {
    const reason = new Error('enough')
    const during = new AbortController()
    const { client } = await start(() => {
      during.abort(reason)
      return 'hang'
    })
    await expect(client.whoami(during.signal)).rejects.toBe(reason)

    const pause = new AbortController()
    const onDebug = (event: DebugEvent): void => {
      if (event.type === 'waiting') setImmediate(() => pause.abort(reason))
    }
    const { client: patient } = await start(() => ({ status: 503, headers: { 'retry-after': '100' } }), {
      onDebug,
    })
    await expect(patient.whoami(pause.signal)).rejects.toBe(reason)
  })

  it('an abort before the start sends nothing', async () => {
    const { server, client } = await start(accept)
    await expect(client.whoami(AbortSignal.abort('no'))).rejects.toBe('no')
    expect(server.requests).toEqual([])
  })

  it('is not waited for on a closed port', async () => {
    const { server, client } = await start(accept, { retry: { ...quick, maxAttempts: 2 } })
    await server.close()
    const error = await failureOf(client.orders.pushStatus('A-1', update))
    expect(error).toMatchObject({
      name: 'ConnectionError',
      code: 'connection_refused',
      notSent: true,
      retryable: true,
    })
  })
})

it('a closed client says so', async () => {
  const { client } = await start(accept)
  await client.close()
  expect(await failureOf(client.whoami())).toMatchObject({ code: 'client_closed' })
})

it('onDebug sees what is signed, sent and waited for, and nothing secret is ever shown', async () => {
  const events: DebugEvent[] = []
  const { server, client } = await start(
    (request, number) =>
      number === 1
        ? { status: 503 }
        : number === 2
          ? 'drop'
          : problem(422, 'event_id_reused', { detail: request.header('authorization') }),
    { onDebug: event => void events.push(event) },
  )
  const error = await failureOf(client.orders.pushStatus('A-1', update))
  expect(events.map(event => event.type)).toEqual([
    'signed',
    'answered',
    'waiting',
    'signed',
    'failed',
    'waiting',
    'signed',
    'answered',
  ])
  const first = events[0]!
  if (first.type !== 'signed') return expect.unreachable()
  expect(first.canonicalRequest).toContain(
    'POST\n/v1/orders/A-1/statuses\n\ncontent-type:application/json\nhost:',
  )
  expect(first.stringToSign).toMatch(/^PARTNER4-HMAC-SHA256\n/)
  const signatures = server.requests.map(request => request.header('authorization')!.split('Signature=')[1]!)
  const shown = [error, error.stack, JSON.stringify(error), events, client]
    .map(value => inspect(value, { depth: 20, showHidden: true }))
    .join('\n')
  for (const canary of [SECRET, ...signatures]) expect(shown).not.toContain(canary)
})

describe('options', () => {
  it.each([
    'api.example.com',
    'ftp://api.example.com',
    'https://user:canary@api.example.com',
    'https://a.test/?x=1',
    'https://a.test/a%20b',
    'https://[::',
  ])('refuses the base URL %s', baseUrl => {
    const make = (): PartnerClient => new PartnerClient({ baseUrl, auth: hmacAuth(credential) })
    expect(make).toThrow(expect.objectContaining({ name: 'UsageError', code: 'base_url_invalid' }))
    expect(make).not.toThrow(/canary/)
  })

  it('a fetch of the caller replaces the transport', async () => {
    const { server } = await start(accept)
    const urls: unknown[] = []
    const fetch: typeof globalThis.fetch = (input, init) => {
      urls.push([input, init?.redirect])
      return globalThis.fetch(input, init)
    }
    const client = new PartnerClient({ baseUrl: server.url, auth: hmacAuth(credential), fetch, retry: quick })
    expect(await client.orders.pushStatus('A-1', update)).toMatchObject({ effect: 'applied' })
    expect(urls).toEqual([[`${server.url}/v1/orders/A-1/statuses`, 'manual']])
    verifyArrived(server.requests[0]!, SECRET)
  })
})

describe('reading', () => {
  it('reads an order', async () => {
    const order = {
      orderId: 'A-1',
      currentStatus: 'shipped',
      eventId: 'e',
      occurredAt: 'x',
      events: 1,
      createdAt: 'x',
      updatedAt: 'x',
    }
    const { server, client } = await start(() => ({ body: order }))
    expect(await client.orders.get('A-1')).toEqual(order)
    expect(server.requests[0]!.target).toBe('/v1/orders/A-1')
    expect(await failureOf(client.orders.get('A/1'))).toMatchObject({ code: 'order_status_invalid' })
  })

  it('reads a history page by page, and only as far as asked', async () => {
    const { server, client } = await start(request => {
      const page = Number(new URLSearchParams(request.target.split('?')[1]).get('cursor') ?? 0)
      return {
        body: {
          orderId: 'A-1',
          events: [{ status: `s${2 * page}` }, { status: `s${2 * page + 1}` }],
          ...(page < 2 && { nextCursor: String(page + 1) }),
        },
      }
    })
    const all: string[] = []
    for await (const event of client.orders.history('A-1')) all.push(event.status)
    expect(all).toEqual(['s0', 's1', 's2', 's3', 's4', 's5'])
    expect(server.requests.map(request => request.target)).toEqual(
      ['', '?cursor=1', '?cursor=2'].map(query => `/v1/orders/A-1/statuses${query}`),
    )
    for await (const _ of client.orders.history('A-1')) break
    expect(server.requests).toHaveLength(4)
  })

  it('reads a history in pages of the size that was asked for', async () => {
    const { server, client } = await start(() => ({ body: { events: [] } }))
    for await (const _ of client.orders.history('A-1', { pageSize: 200 }));
    expect(server.requests[0]!.target).toBe('/v1/orders/A-1/statuses?limit=200')
    const tooMany = client.orders.history('A-1', { pageSize: 201 }).next()
    expect(await failureOf(tooMany)).toMatchObject({ code: 'option_invalid' })
  })

  it('reads the proof of an event', async () => {
    const eventId = 'uaICvISfZz51UKKPFGlCu04CBQe3hgH_'
    const proof = { event: { eventId }, receipt: {}, requestId: 'r', credentialId: 'k', bodySha256: 'x' }
    const { server, client } = await start(() => ({ body: proof }))
    expect(await client.events.get(eventId)).toEqual(proof)
    expect(server.requests[0]!.target).toBe(`/v1/events/${eventId}`)
    expect(await failureOf(client.events.get('another_event_id_1'))).toMatchObject({
      code: 'response_invalid',
    })
    expect(await failureOf(client.events.get('../orders'))).toMatchObject({ code: 'option_invalid' })
  })

  it('does not read for ever when the cursor does not move', async () => {
    const { client } = await start(() => ({ body: { events: [], nextCursor: 'same' } }))
    const read = async (): Promise<void> => {
      for await (const _ of client.orders.history('A-1'));
    }
    expect(await failureOf(read())).toMatchObject({ code: 'response_invalid' })
  })
})
