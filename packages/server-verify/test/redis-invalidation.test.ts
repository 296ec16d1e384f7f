// What one process changes is known by the others, whether the message comes or not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisInvalidation } from '../src/redis.js'
import { CLUSTER, type OpenRedis, SINGLE } from './redis-clients.js'
import { hasRedis, type RedisServer, startRedis, startRedisCluster, until } from './redis-server.js'

describe.skipIf(!hasRedis)('invalidation over Redis', () => {
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

  it.each(everywhere)(
    '%s: a change is told by a message, long before the next question',
    async (_, open, port) => {
      const [a, b, subscriber] = await Promise.all([open(port()), open(port()), open(port())])
      const publisher = createRedisInvalidation(a.client, undefined, { timeoutMs: 1000 })
      const invalidation = createRedisInvalidation(b.client, subscriber.subscriber, {
        pollMs: 60_000,
        timeoutMs: 1000,
      })
      expect(invalidation.lastKnownAt).toBe(0)
      const told: (string | undefined)[] = []
      const stop = await invalidation.subscribe(keyId => told.push(keyId))
      expect(Date.now() - invalidation.lastKnownAt).toBeLessThan(2000)
      await publisher.publish('acme_2026_a')
      await publisher.publish('acme 2026 b')
      await until(() => told.length === 2)
      expect(told).toEqual(['acme_2026_a', 'acme 2026 b'])
      await stop()
      await publisher.publish('nobody listens')
      expect(invalidation.lastKnownAt).toBe(0)
      await Promise.all([a.close(), b.close(), subscriber.close()])
      expect(told).toHaveLength(2)
    },
  )

  it.each(SINGLE)('%s: without a message it is known with the next question', async (_, open) => {
    const { client, close } = await open(server.port)
    const own = { prefix: `polled-${_}`, timeoutMs: 1000 }
    const publisher = createRedisInvalidation(client, undefined, own)
    const told: (string | undefined)[] = []
    const stop = await createRedisInvalidation(client, undefined, { ...own, pollMs: 20 }).subscribe(keyId =>
      told.push(keyId),
    )
    await publisher.publish('key_a')
    await until(() => told.length === 1)
    await publisher.publish('key_b')
    await publisher.publish('key_c')
    await until(() => told.length === 3)
    expect(told).toEqual(['key_a', 'key_b', 'key_c'])
    // Lost data: everything may have changed.
    server.cli('FLUSHALL')
    await until(() => told.length === 4)
    await publisher.publish('key_d')
    await until(() => told.length === 5)
    expect(told.slice(3)).toEqual([undefined, 'key_d'])
    await stop()
    await close()
  })

  it('more changes than are kept count as everything', async () => {
    const { client, close } = await SINGLE[0]![1](server.port)
    const own = { prefix: 'many', timeoutMs: 2000 }
    const publisher = createRedisInvalidation(client, undefined, own)
    await publisher.publish('first')
    const listening = createRedisInvalidation(client, undefined, { ...own, pollMs: 60_000 })
    const told: (string | undefined)[] = []
    const stop = await listening.subscribe(keyId => told.push(keyId))
    await Promise.all(Array.from({ length: 1001 }, (_, n) => publisher.publish(`key_${n}`)))
    expect(server.cli('ZCARD', 'many:{invalidation}:changes').trim()).toBe('1000')
    await listening.publish('last')
    expect(told).toEqual([undefined])
    await stop()
    await close()
  })

  it.each(SINGLE)('%s: in an outage the last moment stands still, and then goes on', async (_, open) => {
    const own = await startRedis()
    const [{ client, close }, subscriber] = await Promise.all([open(own.port), open(own.port)])
    const invalidation = createRedisInvalidation(client, subscriber.subscriber, { pollMs: 20 })
    const told: (string | undefined)[] = []
    const stop = await invalidation.subscribe(keyId => told.push(keyId))
    await invalidation.publish('before')
    await own.kill('SIGKILL')
    const stood = Date.now()
    await expect(invalidation.publish('lost')).rejects.toMatchObject({ code: 'dependency_unavailable' })
    await expect(invalidation.subscribe(() => undefined)).rejects.toMatchObject({
      code: 'dependency_unavailable',
    })
    expect(invalidation.lastKnownAt).toBeLessThanOrEqual(stood)
    told.length = 0
    await own.start()
    await until(() => invalidation.lastKnownAt > stood)
    // The server has forgotten its counter.
    expect(told).toEqual([undefined])
    await invalidation.publish('after')
    expect(told).toContain('after')
    await stop()
    await Promise.all([close(), subscriber.close()])
    await own.close()
  })
})
