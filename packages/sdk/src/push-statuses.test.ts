import { afterEach, describe, expect, it } from 'vitest'
import { AuthenticationError } from './errors.js'
import { hmacAuth } from './hmac-authenticator.js'
import type { IdentifiedEvent, OrderStatusEvent } from './order-event.js'
import { PartnerClient } from './partner-client.js'
import type { PushOptions, PushOutcome } from './push-outcome.js'
import {
  type Answering,
  type ArrivedRequest,
  problem,
  type RecordingServer,
  type Reply,
  startRecordingServer,
} from './testing/recording-server.js'
import { verifyArrived } from './testing/spec-verifier.js'

const credential = { keyId: 'demo_acme_key1', secret: 'a-secret', environment: 'sandbox', api: 'orders' }
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function start(answer: Answering): Promise<{ server: RecordingServer; client: PartnerClient }> {
  const server = await startRecordingServer(answer)
  const retry = { baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 3 }
  const client = new PartnerClient({ baseUrl: server.url, auth: hmacAuth(credential), retry, proxy: false })
  open.push(client, server)
  return { server, client }
}

const itemsOf = (request: ArrivedRequest): IdentifiedEvent[] =>
  (JSON.parse(request.body.toString()) as { items: IdentifiedEvent[] }).items

const receiptOf = ({ eventId, orderId, status }: IdentifiedEvent): object => ({
  eventId,
  status: 202,
  receipt: {
    eventId,
    orderId,
    effect: 'applied',
    replayed: false,
    recordedAt: '2026-11-21T23:30:41.000Z',
    currentStatus: status,
  },
})
const acceptAll: Answering = request => ({ body: { results: itemsOf(request).map(receiptOf) } })

const events = (count: number, orders: number = count): OrderStatusEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    orderId: `A-${index % orders}`,
    status: 'in_transit',
    occurredAt: new Date(Date.UTC(2026, 0, 1) + index * 1000),
  }))

async function collect(
  client: PartnerClient,
  updates: Iterable<OrderStatusEvent>,
  options?: PushOptions,
): Promise<PushOutcome[]> {
  const outcomes: PushOutcome[] = []
  for await (const outcome of client.orders.pushStatuses(updates, options)) outcomes.push(outcome)
  return outcomes.sort((a, b) => a.index - b.index)
}

describe('pushStatuses', () => {
  it('sends signed batches and gives one outcome a row', async () => {
    const { server, client } = await start(acceptAll)
    const outcomes = await collect(client, events(950, 40), { concurrency: 4, batchSize: 100 })
    expect(outcomes.map(({ index, result }) => [index, result])).toEqual(
      events(950).map((_, index) => [index, 'accepted']),
    )
    for (const request of server.requests) {
      verifyArrived(request, credential.secret)
      expect(itemsOf(request).length).toBeLessThanOrEqual(100)
      expect(request.target).toBe('/v1/order-statuses')
    }
    const arrived = server.requests.flatMap(itemsOf)
    for (let order = 0; order < 40; order++) {
      const moments = arrived.filter(event => event.orderId === `A-${order}`).map(event => event.occurredAt)
      expect(moments).toEqual([...moments].sort())
    }
  })

  it('settles wrong rows and duplicates here, with their place in the input', async () => {
    const { server, client } = await start(acceptAll)
    const [first, second] = events(2) as [OrderStatusEvent, OrderStatusEvent]
    const given = { ...second, eventId: 'evt_0123456789ab' }
    const rows = [
      first,
      { ...first, status: 'shiped' },
      first,
      given,
      { ...given },
      { ...given, note: 'other' },
      null,
    ]
    const outcomes = await collect(client, rows as OrderStatusEvent[])
    expect(outcomes.map(outcome => outcome.result)).toEqual([
      'accepted',
      'rejected',
      'duplicate',
      'accepted',
      'duplicate',
      'accepted',
      'rejected',
    ])
    expect(outcomes[2]).toMatchObject({ of: 0 })
    expect(outcomes[4]).toMatchObject({ of: 3 })
    expect(outcomes[1]).toMatchObject({
      event: undefined,
      problem: {
        code: 'order_status_invalid',
        retryable: false,
        errors: [{ pointer: '/status', code: 'invalid_status', suggestion: 'shipped' }],
      },
    })
    expect(server.requests.flatMap(itemsOf)).toHaveLength(3)
  })

  it('passes on what the server rejects, with pointers into the event', async () => {
    const { client } = await start(request => {
      const results = itemsOf(request).map((event, index) => {
        if (index !== 1) return receiptOf(event)
        const errors = [{ pointer: `/items/${index}/supersedes`, code: 'unknown_event', detail: 'x' }]
        return {
          eventId: event.eventId,
          status: 422,
          problem: problem(422, 'supersedes_unknown', { errors }).body,
        }
      })
      return { body: { results } }
    })
    const [, rejected] = await collect(client, events(3), { concurrency: 1 })
    expect(rejected).toMatchObject({
      result: 'rejected',
      problem: { code: 'supersedes_unknown', errors: [{ pointer: '/supersedes' }] },
    })
  })

  it('tries undecided rows again before later ones of their order, and gives up with pending', async () => {
    const stuck = 'A-0'
    const { server, client } = await start(request => {
      const blocked = new Set<string>()
      const results = itemsOf(request).map(event => {
        if (event.orderId !== stuck) return receiptOf(event)
        const status = blocked.has(stuck) ? 424 : 503
        blocked.add(stuck)
        return {
          eventId: event.eventId,
          status,
          problem: problem(status, 'dependency_unavailable', { retryable: true }).body,
        }
      })
      return { body: { results } }
    })
    const outcomes = await collect(client, events(9, 3), { concurrency: 1, batchSize: 3 })
    const pending = outcomes.filter(outcome => outcome.result === 'pending')
    expect(pending.map(({ index, error }) => [index, error.code])).toEqual([
      [0, 'dependency_unavailable'],
      [3, 'order_held_back'],
      [6, 'order_held_back'],
    ])
    expect(outcomes.filter(outcome => outcome.result === 'accepted')).toHaveLength(6)
    const tries = server.requests.flatMap(itemsOf).filter(event => event.orderId === stuck)
    expect(new Set(tries.map(event => event.occurredAt)).size).toBe(1)
    expect(tries).toHaveLength(3)
  })

  it.each<[string, Reply | 'drop']>([
    ['429', { ...problem(429, 'rate_limited'), headers: { 'retry-after': '0' } }],
    ['503', problem(503, 'dependency_unavailable', { retryable: true })],
    ['409 request_replayed', problem(409, 'request_replayed', { retryable: true })],
    ['a lost answer', 'drop'],
  ])('sends a batch again after %s, signed anew', async (_, first) => {
    const { server, client } = await start((request, number) =>
      number === 1 ? first : acceptAll(request, number),
    )
    const outcomes = await collect(client, events(5), { concurrency: 1 })
    expect(outcomes.every(outcome => outcome.result === 'accepted')).toBe(true)
    const [one, two] = server.requests.map(request => verifyArrived(request, credential.secret).nonce)
    expect(server.requests).toHaveLength(2)
    expect(one).not.toBe(two)
  })

  it('halves a batch that is too large for the server', async () => {
    const { server, client } = await start((request, number) =>
      request.body.length > 2000 ? problem(413, 'body_too_large') : acceptAll(request, number),
    )
    const outcomes = await collect(
      client,
      [...events(60), { ...events(61)[60]!, note: 'x'.repeat(500), reason: 'weather' }],
      { concurrency: 1, batchSize: 60 },
    )
    expect(outcomes.every(outcome => outcome.result === 'accepted')).toBe(true)
    expect(server.requests.filter(request => request.body.length > 2000).length).toBeLessThanOrEqual(5)
  })

  it('throws on 401 after the outcomes; what was not sent stays pending', async () => {
    const { client } = await start((request, number) =>
      number <= 2 ? acceptAll(request, number) : problem(401, 'invalid_credentials'),
    )
    const outcomes: PushOutcome[] = []
    const run = async (): Promise<void> => {
      for await (const outcome of client.orders.pushStatuses(events(500), { concurrency: 2, batchSize: 10 }))
        outcomes.push(outcome)
    }
    await expect(run()).rejects.toBeInstanceOf(AuthenticationError)
    expect(outcomes.filter(outcome => outcome.result === 'accepted').length).toBeGreaterThanOrEqual(10)
    const pending = outcomes.filter(outcome => outcome.result === 'pending')
    expect(pending.length).toBeGreaterThan(0)
    expect(new Set(pending.map(outcome => outcome.error.code))).toEqual(new Set(['push_stopped']))
  })

  it('ends cleanly when aborted while requests hang', async () => {
    const controller = new AbortController()
    const { client } = await start(() => {
      controller.abort()
      return 'hang'
    })
    const outcomes = await collect(client, events(50), { signal: controller.signal })
    expect(outcomes.map(outcome => outcome.result)).toEqual(events(50).map(() => 'pending'))
  })

  it('stops at an answer that is none of this API', async () => {
    for (const body of [
      {},
      { results: [] },
      { results: [{ eventId: 'someone_elses_event', status: 202 }] },
    ]) {
      const { server, client } = await start(() => ({ body }))
      await expect(collect(client, events(1))).rejects.toMatchObject({ code: 'response_invalid' })
      expect(server.requests).toHaveLength(1)
    }
  })

  it('refuses counts that make no sense', async () => {
    const { client } = await start(acceptAll)
    for (const options of [
      { concurrency: 0 },
      { batchSize: 501 },
      { batchSize: 1.5 },
      { concurrency: Number.NaN },
    ])
      expect(() => client.orders.pushStatuses([], options)).toThrow(
        expect.objectContaining({ code: 'option_invalid' }),
      )
  })

  it('shows outcomes to onSettled before the loop gets them, many at a time, each once', async () => {
    const { client } = await start(acceptAll)
    const noted: number[] = []
    let calls = 0
    const onSettled = async (outcomes: readonly PushOutcome[]): Promise<void> => {
      calls++
      await new Promise(resolve => setImmediate(resolve))
      noted.push(...outcomes.map(outcome => outcome.index))
    }
    const rows = [...events(300, 30), { ...events(1)[0]!, status: 'shiped' }]
    let seen = 0
    for await (const outcome of client.orders.pushStatuses(rows, {
      concurrency: 2,
      batchSize: 50,
      onSettled,
    })) {
      expect(noted).toContain(outcome.index)
      seen++
    }
    expect([seen, noted.length, new Set(noted).size]).toEqual([301, 301, 301])
    expect(calls).toBeLessThan(50)
  })

  it('stops sending when onSettled fails, with an outcome for every row that was read', async () => {
    const { server, client } = await start(acceptAll)
    const outcomes: PushOutcome[] = []
    const onSettled = async (): Promise<void> => {
      throw new Error('disk full')
    }
    const run = async (): Promise<void> => {
      for await (const outcome of client.orders.pushStatuses(events(5000), {
        concurrency: 1,
        batchSize: 10,
        onSettled,
      }))
        outcomes.push(outcome)
    }
    await expect(run()).rejects.toThrow('disk full')
    expect(server.requests.length).toBeLessThan(5)
    expect(new Set(outcomes.map(outcome => outcome.index)).size).toBe(outcomes.length)
  })

  it('does not send what an earlier push settled', async () => {
    const { server, client } = await start(acceptAll)
    const settled = new Set<string>()
    await collect(client, events(40), {
      onSettled: outcomes => {
        for (const { event } of outcomes) settled.add(event!.eventId)
      },
    })
    const before = server.requests.length
    for (const alreadySettled of [
      (event: IdentifiedEvent) => settled.has(event.eventId),
      async (event: IdentifiedEvent) => settled.has(event.eventId),
    ]) {
      const outcomes = await collect(client, events(50), { alreadySettled })
      expect(outcomes.map(outcome => outcome.result)).toEqual([
        ...Array(40).fill('skipped'),
        ...Array(10).fill('accepted'),
      ])
    }
    expect(server.requests.slice(before).flatMap(itemsOf)).toHaveLength(20)
  })
})
