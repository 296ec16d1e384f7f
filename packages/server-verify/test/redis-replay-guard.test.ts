// The guard that several processes share, against real servers.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplayClaim } from '../src/index.js'
import { createRedisReplayGuard, type RedisReplayGuardOptions } from '../src/redis.js'
import { CLUSTER, type OpenClient, openIoredis, SINGLE } from './redis-clients.js'
import { hasRedis, type RedisServer, startRedis, startRedisCluster, until } from './redis-server.js'

const HOUR = 3_600_000
let clock = Date.now()

function claimOf(n: number | string, facts: Partial<ReplayClaim> = {}): ReplayClaim {
  const timestamp = facts.timestamp ?? clock
  return {
    partnerId: 'acme',
    keyId: 'acme_2026_a',
    id: createHash('sha256').update(String(n)).digest().subarray(0, 16),
    timestamp,
    expiresAt: timestamp + 600_000,
    futureMs: 300_000,
    // Issued after the guard started: not held up by its start.
    credentialCreatedAt: clock + HOUR,
    ...facts,
  }
}

const OLD = { credentialCreatedAt: 0 }
const options: RedisReplayGuardOptions = { now: () => clock, timeoutMs: 1000 }

describe.skipIf(!hasRedis)('a replay guard in Redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  async function withClient<T>(
    use: (opened: OpenClient['client']) => Promise<T>,
    port = server.port,
  ): Promise<T> {
    const { client, close } = await openIoredis(port)
    try {
      return await use(client)
    } finally {
      await close()
    }
  }

  it.each(SINGLE)('%s: exactly one of 200 copies over two guards wins, ten times', async (name, open) => {
    const [a, b] = await Promise.all([open(server.port), open(server.port)])
    const guards = await Promise.all([
      createRedisReplayGuard(a.client, options),
      createRedisReplayGuard(b.client, options),
    ])
    for (let round = 0; round < 10; round++) {
      const claim = claimOf(`${name} ${round}`)
      const won = await Promise.all(Array.from({ length: 200 }, (_, i) => guards[i % 2]!.claim(claim)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(guards.map(guard => guard.has(claim))).toEqual([true, true])
    }
    await Promise.all([a.close(), b.close()])
  })

  it('tells partners, keys and ids apart', () =>
    withClient(async client => {
      const guard = await createRedisReplayGuard(client, options)
      const claims = [
        claimOf('x'),
        claimOf('y'),
        claimOf('x', { keyId: 'acme_2026_b' }),
        claimOf('x', { partnerId: 'other' }),
        claimOf('x', { partnerId: 'acme:acme_2026_a' }),
        claimOf('x', { partnerId: '}{' }),
      ]
      for (const claim of claims) expect(await guard.claim(claim)).toBe(true)
      for (const claim of claims) expect(await guard.claim(claim)).toBe(false)
      expect(guard.localSize).toBe(claims.length)
    }))

  it('keeps a claim for as long as the request is fresh, and one second at least', () =>
    withClient(async client => {
      const guard = await createRedisReplayGuard(client, { ...options, prefix: 'ttl' })
      await guard.claim(claimOf('long'))
      await guard.claim(claimOf('short', { expiresAt: clock - 5000 }))
      const keys = server.cli('--scan', '--pattern', 'ttl:replay:*:acme:*').trim().split('\n')
      const lives = keys.map(key => Number(server.cli('PTTL', key))).sort((x, y) => x - y)
      expect(lives).toHaveLength(2)
      expect(lives[0]).toBeGreaterThan(0)
      expect(lives[0]).toBeLessThanOrEqual(1000)
      expect(lives[1]).toBeGreaterThan(590_000)
      expect(lives[1]).toBeLessThanOrEqual(600_000)
    }))

  it('refuses a known replay without a trip', async () => {
    const own = await startRedis()
    const { client, close } = await openIoredis(own.port)
    const guard = await createRedisReplayGuard(client, options)
    expect(await guard.claim(claimOf('known'))).toBe(true)
    await own.close()
    expect(guard.has(claimOf('known'))).toBe(true)
    expect(await guard.claim(claimOf('known'))).toBe(false)
    await expect(guard.claim(claimOf('unknown'))).rejects.toMatchObject({
      code: 'dependency_unavailable',
      retryAfter: 1,
    })
    await close()
  })

  it('a table in front that is full leaves claims out, and the shared answer holds', () =>
    withClient(async client => {
      const guard = await createRedisReplayGuard(client, { ...options, localEntries: 2 })
      const claims = [1, 2, 3, 4].map(n => claimOf(`full ${n}`))
      for (const claim of claims) expect(await guard.claim(claim)).toBe(true)
      expect(guard.localSize).toBe(2)
      expect(claims.map(claim => guard.has(claim))).toEqual([true, true, false, false])
      for (const claim of claims) expect(await guard.claim(claim)).toBe(false)
    }))

  describe('cannot know what was before', () => {
    it('its first start: 503 until the window has passed, except for younger credentials', () =>
      withClient(async client => {
        const start = clock
        const guard = await createRedisReplayGuard(client, { ...options, prefix: 'first' })
        const refused = { code: 'replay_guard_warming', retryAfter: 301 }
        await expect(guard.claim(claimOf(1, OLD))).rejects.toMatchObject(refused)
        await expect(guard.claim(claimOf(2, { ...OLD, timestamp: start + 300_000 }))).rejects.toMatchObject(
          refused,
        )
        await expect(guard.claim(claimOf(3, { credentialCreatedAt: start - 1 }))).rejects.toMatchObject(
          refused,
        )
        expect(await guard.claim(claimOf(4, { credentialCreatedAt: start }))).toBe(true)
        expect(await guard.claim(claimOf(5, { ...OLD, timestamp: start + 300_001 }))).toBe(true)
        // A second process finds the epoch of the first.
        clock += 300_001
        const second = await createRedisReplayGuard(client, { ...options, prefix: 'first' })
        expect(await second.claim(claimOf(6, OLD))).toBe(true)
      }))

    it('the data are deleted: no replay is accepted', () =>
      withClient(async client => {
        const own = { ...options, prefix: 'flushed' }
        const [a, b] = await Promise.all([
          createRedisReplayGuard(client, own),
          createRedisReplayGuard(client, own),
        ])
        clock += 300_001
        const used = claimOf('flushed', OLD)
        expect(await a.claim(used)).toBe(true)
        server.cli('FLUSHALL')
        await expect(b.claim(used)).rejects.toMatchObject({ code: 'replay_guard_warming' })
        expect(await a.claim(used)).toBe(false)
        clock += 300_001
        expect(await b.claim(claimOf('later', OLD))).toBe(true)
      }))

    it.each([
      ['keeps nothing', [], 'SIGTERM', 'replay_guard_warming'],
      ['keeps a snapshot and crashes', ['--save', '3600 1'], 'SIGKILL', 'replay_guard_warming'],
      ['keeps a snapshot', ['--save', '3600 1'], 'SIGTERM', 'replay_guard_warming'],
      ['keeps every write and crashes', ['--appendonly', 'yes'], 'SIGKILL', undefined],
    ] as const)('a server that %s is restarted: no replay is accepted', async (_, settings, signal, code) => {
      const own = await startRedis(...settings)
      const { client, close } = await openIoredis(own.port)
      const [a, b] = await Promise.all([
        createRedisReplayGuard(client, options),
        createRedisReplayGuard(client, options),
      ])
      clock += 300_001
      expect(await a.claim(claimOf('before the snapshot', OLD))).toBe(true)
      if (settings[0] === '--save') own.cli('SAVE')
      const used = claimOf('used', OLD)
      expect(await a.claim(used)).toBe(true)
      await own.kill(signal)
      await expect(b.claim(used)).rejects.toMatchObject({ code: 'dependency_unavailable' })
      await own.start()
      await until(async () => (await ping(client)) === 'PONG')
      const again = b.claim(used)
      if (code === undefined) expect(await again).toBe(false)
      else {
        await expect(again).rejects.toMatchObject({ code })
        await expect(b.claim(claimOf('new', OLD))).rejects.toMatchObject({ code })
      }
      expect(await a.claim(used)).toBe(false)
      clock += 300_001
      expect(await b.claim(claimOf('later', OLD))).toBe(true)
      await close()
      await own.close()
    })
  })

  describe('a server that may forget', () => {
    it.each(['allkeys-lru', 'volatile-ttl'])('%s: does not start, unless told to', async policy => {
      const own = await startRedis('--maxmemory-policy', policy)
      await withClient(async client => {
        await expect(createRedisReplayGuard(client, options)).rejects.toThrow(`maxmemory-policy ${policy}`)
        const guard = await createRedisReplayGuard(client, { ...options, unverifiedEviction: true })
        expect(await guard.claim(claimOf('evicting'))).toBe(true)
      }, own.port)
      await own.close()
    })

    it.each([
      ['CONFIG', ['-config'], undefined],
      ['CONFIG and INFO', ['-config', '-info'], 'neither CONFIG GET maxmemory-policy nor INFO memory'],
    ])('%s are forbidden', async (_, rules, message) => {
      const own = await startRedis()
      own.cli('ACL', 'SETUSER', 'default', ...rules)
      await withClient(async client => {
        const starting = createRedisReplayGuard(client, options)
        if (message === undefined) expect((await starting).localSize).toBe(0)
        else await expect(starting).rejects.toThrow(message)
      }, own.port)
      await own.close()
    })

    it('a server that is full: 503, and nothing is forgotten', async () => {
      const own = await startRedis('--maxmemory', '4mb')
      await withClient(async client => {
        const guard = await createRedisReplayGuard(client, { ...options, localEntries: 1 })
        const claims = Array.from({ length: 500 }, (_, n) =>
          claimOf(`oom ${n}`, { partnerId: 'p'.repeat(10_000) }),
        )
        const results = await Promise.allSettled(claims.map(claim => guard.claim(claim)))
        const refused = results.filter(result => result.status === 'rejected').map(result => result.reason)
        expect(refused.length).toBeGreaterThan(0)
        expect(refused.length).toBeLessThan(claims.length)
        for (const reason of refused)
          expect(reason).toMatchObject({ code: 'replay_guard_full', retryAfter: 5 })
        own.cli('CONFIG', 'SET', 'maxmemory', '0')
        const again = await Promise.all(claims.map(claim => guard.claim(claim)))
        expect(again).toEqual(results.map(result => result.status === 'rejected'))
      }, own.port)
      await own.close()
    })
  })

  it.each(SINGLE)(
    '%s: a server that hangs is an outage within the timeout, and comes back',
    async (_, open) => {
      const own = await startRedis()
      const { client, close } = await open(own.port)
      const guard = await createRedisReplayGuard(client, { ...options, timeoutMs: 60 })
      own.signal('SIGSTOP')
      const started = performance.now()
      const claim = claimOf('hangs')
      await expect(guard.claim(claim)).rejects.toMatchObject({ code: 'dependency_unavailable' })
      expect(performance.now() - started).toBeGreaterThanOrEqual(55)
      expect(guard.has(claim)).toBe(false)
      own.signal('SIGCONT')
      // The claim was on its way: it may have been made, and then nobody has it.
      await until(() =>
        guard.claim(claim).then(
          won => !won,
          () => false,
        ),
      )
      await until(() => guard.claim(claimOf('after')).catch(() => false))
      await close()
      await own.close()
    },
  )

  it('a client with a key prefix of its own is a mistake', async () => {
    const client = { options: { keyPrefix: 'x:' }, call: async () => null }
    await expect(createRedisReplayGuard(client)).rejects.toThrow('keyPrefix')
    await expect(createRedisReplayGuard({ call: async () => null }, { prefix: '{x}' })).rejects.toThrow(
      'prefix',
    )
    await expect(createRedisReplayGuard({ call: async () => null }, { timeoutMs: 0 })).rejects.toThrow(
      'timeoutMs',
    )
  })
})

describe.skipIf(!hasRedis)('a replay guard in a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.close())

  it.each(CLUSTER)('%s: one of 20 copies wins, whatever the node', async (name, open) => {
    const { client, close } = await open(cluster.servers[0]!.port)
    const guard = await createRedisReplayGuard(client, { ...options, timeoutMs: 2000 })
    const claims = Array.from({ length: 100 }, (_, n) => claimOf(`${name} ${n}`))
    const wins = await Promise.all(
      claims.map(async claim => {
        const won = await Promise.all(Array.from({ length: 20 }, () => guard.claim(claim)))
        return won.filter(Boolean).length
      }),
    )
    expect(new Set(wins)).toEqual(new Set([1]))
    for (const server of cluster.servers) expect(Number(server.cli('DBSIZE'))).toBeGreaterThan(60)
    await close()
  })

  it.each(CLUSTER)(
    '%s: one node that evicts is enough not to start; its data lost, no replay',
    async (_, open) => {
      const { client, close } = await open(cluster.servers[0]!.port)
      const [a, b] = await Promise.all(
        [0, 1].map(() => createRedisReplayGuard(client, { ...options, timeoutMs: 2000 })),
      )
      clock += 300_001
      const claims = Array.from({ length: 60 }, (_, n) => claimOf(`lost ${n} ${clock}`, OLD))
      expect(await Promise.all(claims.map(claim => a!.claim(claim)))).not.toContain(false)
      cluster.servers[1]!.cli('FLUSHALL')
      const again = await Promise.allSettled(claims.map(claim => b!.claim(claim)))
      const outcomes = again.map(result =>
        result.status === 'fulfilled' ? result.value : result.reason.code,
      )
      expect(new Set(outcomes)).toEqual(new Set([false, 'replay_guard_warming']))
      cluster.servers[2]!.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      await expect(createRedisReplayGuard(client, options)).rejects.toThrow('allkeys-lru')
      cluster.servers[2]!.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      await close()
    },
  )
})

async function ping(client: OpenClient['client']): Promise<unknown> {
  return 'call' in client ? client.call('PING').catch(() => undefined) : undefined
}
