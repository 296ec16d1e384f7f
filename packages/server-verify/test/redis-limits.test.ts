// Quotas and leases that several processes share, against real servers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createRedisConcurrencyLimit,
  createRedisRateLimit,
  type FallbackEvent,
  type QuotaPolicy,
  type RedisConcurrencyLimitOptions,
  type RedisRateLimitOptions,
} from '../src/redis.js'
import { CLUSTER, type OpenRedis, openNodeRedis, SINGLE } from './redis-clients.js'
import { hasRedis, type RedisServer, startRedis, startRedisCluster, until } from './redis-server.js'

const BURST: QuotaPolicy = { name: 'burst', per: 'key', requests: 30, windowSeconds: 60 }
const SUSTAINED: QuotaPolicy = { name: 'sustained', per: 'partner', requests: 50, windowSeconds: 600 }
const REFUSED = { code: 'concurrency_limited', status: 429, retryAfter: 1 }

describe.skipIf(!hasRedis)('limits in Redis', () => {
  let server: RedisServer
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>
  beforeAll(async () => {
    server = await startRedis()
    cluster = await startRedisCluster()
  })
  afterAll(() => Promise.all([server.close(), cluster.close()]))

  const everywhere: readonly (readonly [string, OpenRedis, () => number])[] = [
    ...SINGLE.map(([name, open]) => [name, open, () => server.port] as const),
    ...CLUSTER.map(([name, open]) => [name, open, () => cluster.servers[0]!.port] as const),
  ]

  describe('a quota', () => {
    const options: RedisRateLimitOptions = { processes: 2, timeoutMs: 2000, policies: [BURST, SUSTAINED] }

    it.each(everywhere)(
      '%s: 200 at once from two processes get as many as there are',
      async (name, open, port) => {
        const [a, b] = await Promise.all([open(port()), open(port())])
        const quotas = [createRedisRateLimit(a.client, options), createRedisRateLimit(b.client, options)]
        const partnerId = `acme {of} ${name}`
        const consume = (n: number, keyId: string) => quotas[n % 2]!.consume({ partnerId, keyId })
        const first = await Promise.all(Array.from({ length: 200 }, (_, n) => consume(n, 'key_a')))
        // What was refused by one limit may have been in the way of another at that moment, but is given back.
        const taken = first.filter(({ allowed }) => allowed).length
        expect(taken).toBeGreaterThan(0)
        expect(taken).toBeLessThanOrEqual(30)
        let more = 0
        while ((await consume(more, 'key_a')).allowed) more++
        expect(taken + more).toBe(30)
        let others = 0
        while ((await consume(others, 'key_b')).allowed) others++
        expect(others).toBe(20)
        const refused = await consume(0, 'key_b')
        expect(refused).toMatchObject({ allowed: false, limit: 50, remaining: 0, windowSeconds: 600 })
        expect(refused.resetSeconds).toBeGreaterThan(590)
        expect(refused.states).toMatchObject([
          { name: 'burst', remaining: 9 },
          { name: 'sustained', remaining: 0 },
        ])
        const subject = { partnerId, keyId: 'key_b' }
        await quotas[0]!.refund(subject)
        expect(await quotas[1]!.consume(subject)).toMatchObject({ allowed: true, remaining: 0 })
        expect((await quotas[0]!.consume(subject)).allowed).toBe(false)
        await Promise.all([a.close(), b.close()])
      },
    )

    it('gives back no more than was taken, and nothing of a window that has ended', async () => {
      const { client, close } = await openNodeRedis(server.port)
      const quota = createRedisRateLimit(client, {
        processes: 1,
        timeoutMs: 2000,
        requests: 2,
        prefix: 'back',
      })
      const subject = { partnerId: 'acme', keyId: 'key_a' }
      for (let n = 0; n < 5; n++) await quota.refund(subject)
      const allowed = []
      for (let n = 0; n < 3; n++) allowed.push((await quota.consume(subject)).allowed)
      expect(allowed).toEqual([true, true, false])
      for (const key of server.cli('--scan', '--pattern', 'back:*').trim().split('\n')) {
        expect(Number(server.cli('TTL', key))).toBeGreaterThan(0)
      }
      await close()
    })

    it.each(SINGLE)('%s: in an outage each process goes on with its part, and says so', async (_, open) => {
      const own = await startRedis()
      const { client, close } = await open(own.port)
      const events: FallbackEvent[] = []
      const quota = createRedisRateLimit(client, {
        processes: 4,
        timeoutMs: 200,
        requests: 40,
        onFallback: event => {
          events.push(event)
          throw new Error('a metric that fails')
        },
      })
      const subject = { partnerId: 'acme', keyId: 'key_a' }
      expect(await quota.consume(subject)).toMatchObject({ allowed: true, limit: 40, remaining: 39 })
      own.signal('SIGSTOP')
      const taken = []
      for (let n = 0; n < 12; n++) taken.push(await quota.consume({ ...subject }))
      expect(taken.map(({ allowed }) => allowed)).toEqual([...Array(10).fill(true), false, false])
      expect(taken[0]).toMatchObject({ limit: 10, remaining: 9 })
      // Given back where it was taken.
      const again = { ...subject }
      expect((await quota.consume(again)).allowed).toBe(false)
      own.signal('SIGCONT')
      await until(async () => (await quota.consume({ ...subject })).limit === 40)
      expect(events).toMatchObject([
        { limit: 'quota', active: true, cause: expect.any(Error) },
        { limit: 'quota', active: false },
      ])
      await close()
      await own.close()
    })

    it('what was taken in an outage is not given back to Redis', async () => {
      const own = await startRedis()
      const { client, close } = await openNodeRedis(own.port)
      const quota = createRedisRateLimit(client, { processes: 1, timeoutMs: 100, requests: 5 })
      const subject = { partnerId: 'acme', keyId: 'key_a' }
      await quota.consume({ ...subject })
      own.signal('SIGSTOP')
      const here = { ...subject }
      expect(await quota.consume(here)).toMatchObject({ remaining: 4 })
      own.signal('SIGCONT')
      let decision = await quota.consume({ ...subject })
      // The one above may have been counted after all; what matters is what comes after the refund.
      await until(async () => {
        decision = await quota.consume({ ...subject })
        return own.cli('GET', 'countersign:quota:partner:["acme"]').trim() === String(5 - decision.remaining)
      })
      await quota.refund(here)
      expect((await quota.consume({ ...subject })).remaining).toBe(decision.remaining - 1)
      await close()
      await own.close()
    })
  })

  describe('a concurrency limit', () => {
    const options: RedisConcurrencyLimitOptions = {
      processes: 2,
      timeoutMs: 2000,
      perPartner: 20,
      perKey: 15,
    }

    it.each(everywhere)('%s: so many at once over two processes, no one more', async (name, open, port) => {
      const [a, b] = await Promise.all([open(port()), open(port())])
      const limits = [
        createRedisConcurrencyLimit(a.client, options),
        createRedisConcurrencyLimit(b.client, options),
      ]
      const partnerId = `acme }{ ${name}`
      const acquire = async (n: number, keyId: string) => limits[n % 2]!.acquire({ partnerId, keyId })
      const attempts = await Promise.allSettled(Array.from({ length: 100 }, (_, n) => acquire(n, 'key_a')))
      const leases = attempts.filter(one => one.status === 'fulfilled').map(({ value }) => value)
      expect(leases).toHaveLength(15)
      for (const one of attempts) if (one.status === 'rejected') expect(one.reason).toMatchObject(REFUSED)
      const more = await Promise.all(Array.from({ length: 5 }, (_, n) => acquire(n, 'key_b')))
      await expect(acquire(0, 'key_b')).rejects.toMatchObject(REFUSED)
      await Promise.all([leases[0]!.release(), leases[0]!.release()])
      more.push(await acquire(1, 'key_b'))
      await expect(acquire(1, 'key_b')).rejects.toMatchObject(REFUSED)
      await Promise.all([...leases, ...more].map(lease => lease.release()))
      const all = await Promise.all(Array.from({ length: 15 }, (_, n) => acquire(n, 'key_a')))
      expect(all).toHaveLength(15)
      await Promise.all([a.close(), b.close()])
    })

    it('leases of a process that died end by themselves', async () => {
      const dying = await openNodeRedis(server.port)
      const own = { ...options, prefix: 'dying', perPartner: 2, leaseSeconds: 1 }
      const subject = { partnerId: 'acme', keyId: 'key_a' }
      for (let n = 0; n < 2; n++) await createRedisConcurrencyLimit(dying.client, own).acquire(subject)
      await dying.close()
      const { client, close } = await openNodeRedis(server.port)
      const limit = createRedisConcurrencyLimit(client, own)
      await expect(limit.acquire(subject)).rejects.toMatchObject(REFUSED)
      await until(async () => {
        const lease = await Promise.resolve(limit.acquire(subject)).catch(() => undefined)
        await lease?.release()
        return lease !== undefined
      })
      await until(() => server.cli('--scan', '--pattern', 'dying:*').trim() === '')
      await close()
    })

    it.each(SINGLE)(
      '%s: in an outage each process goes on with its part; leases come back',
      async (_, open) => {
        const own = await startRedis()
        const { client, close } = await open(own.port)
        const events: FallbackEvent[] = []
        const limit = createRedisConcurrencyLimit(client, {
          processes: 4,
          perPartner: 8,
          timeoutMs: 100,
          onFallback: event => void events.push(event),
        })
        const subject = { partnerId: 'acme', keyId: 'key_a' }
        const before = await Promise.all(Array.from({ length: 8 }, () => limit.acquire(subject)))
        own.signal('SIGSTOP')
        const here = [await limit.acquire(subject), await limit.acquire(subject)]
        await expect(limit.acquire(subject)).rejects.toMatchObject(REFUSED)
        await here[0]!.release()
        await limit.acquire(subject)
        await Promise.all(before.map(lease => lease.release()))
        own.signal('SIGCONT')
        await until(() => own.cli('ZCARD', 'countersign:lease:{%3Dacme}').trim() === '0')
        await until(async () => {
          await Promise.resolve(limit.acquire(subject)).catch(() => undefined)
          return events.length === 2
        })
        expect(events.map(({ limit, active }) => [limit, active])).toEqual([
          ['concurrency', true],
          ['concurrency', false],
        ])
        await close()
        await own.close()
      },
    )
  })
})
