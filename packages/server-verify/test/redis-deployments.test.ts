// What the README says of rights, replicas, moved slots and protocols, tried with real servers.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, it } from 'vitest'
import type { ReplayClaim } from '../src/index.js'
import {
  createRedisConcurrencyLimit,
  createRedisInvalidation,
  createRedisRateLimit,
  createRedisReplayGuard,
  createRedisRevocationList,
} from '../src/redis.js'
import { CLUSTER, openIoredis } from './redis-clients.js'
import { hasRedis, type RedisServer, startRedis, startRedisCluster, until } from './redis-server.js'

const clock = { now: Date.now() }
const options = { now: () => clock.now, timeoutMs: 2000 }
const subject = { partnerId: 'acme', keyId: 'key_a' }

function claimOf(n: number | string): ReplayClaim {
  return {
    ...subject,
    id: createHash('sha256').update(String(n)).digest().subarray(0, 16),
    timestamp: clock.now,
    expiresAt: clock.now + 600_000,
    futureMs: 300_000,
    credentialCreatedAt: 0,
  }
}

describe.skipIf(!hasRedis)('a Redis', () => {
  it('with the rights of the README and no more', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rights = /\(ACL\): `([^`]+)`/.exec(readme)?.[1]?.split(/\s+/)
    const own = await startRedis()
    const readyCheck = ['+ping', '+hello', '+client']
    own.cli(
      'ACL',
      'SETUSER',
      'service',
      'on',
      '>password',
      '~countersign:*',
      '&countersign:*',
      ...readyCheck,
      ...rights!,
    )
    const settings = { username: 'service', password: 'password', lazyConnect: true, maxRetriesPerRequest: 1 }
    const redis = new Redis(own.port, '127.0.0.1', settings)
    const subscriber = redis.duplicate()
    await Promise.all([redis.connect(), subscriber.connect()])

    const guard = await createRedisReplayGuard(redis, options)
    clock.now += 300_001
    expect(await guard.claim(claimOf('rights'))).toBe(true)
    const quota = createRedisRateLimit(redis, { processes: 2, timeoutMs: 2000, requests: 10 })
    expect((await quota.consume(subject)).limit).toBe(10)
    await quota.refund(subject)
    expect(own.cli('GET', 'countersign:quota:partner:["acme"]').trim()).toBe('0')
    const events: unknown[] = []
    const concurrency = createRedisConcurrencyLimit(redis, {
      processes: 2,
      timeoutMs: 2000,
      perKey: 5,
      onFallback: event => events.push(event),
    })
    const lease = await concurrency.acquire(subject)
    await lease.release()
    expect(events).toEqual([])
    const revocations = createRedisRevocationList(redis, options)
    const issuer = 'https://login.acme.example'
    await revocations.revokeToken({ issuer, tokenId: 'jti-1', expiresAt: clock.now })
    await revocations.revokeClient({ issuer, clientId: 'warehouse', issuedUpTo: 1 })
    expect(await revocations.isRevoked({ issuer, tokenId: 'jti-1', clientId: 'x', issuedAt: 2 })).toBe(true)
    const invalidation = createRedisInvalidation(redis, subscriber, { timeoutMs: 2000, pollMs: 60_000 })
    const told: (string | undefined)[] = []
    const stop = await invalidation.subscribe(keyId => told.push(keyId))
    await invalidation.publish('key_a')
    expect(told).toEqual(['key_a'])
    await stop()
    // And no more.
    await expect(redis.call('KEYS', '*')).rejects.toThrow('NOPERM')
    await expect(redis.call('FLUSHALL')).rejects.toThrow('NOPERM')
    expect(await redis.call('GET', 'other').catch(String)).toContain('NOPERM')
    guard.close()
    redis.disconnect()
    subscriber.disconnect()
    await own.close()
  })

  it('over RESP 3', async () => {
    const own = await startRedis()
    const client = createClient({ RESP: 3, url: own.url })
    await client.connect()
    const guard = await createRedisReplayGuard(client, options)
    clock.now += 300_001
    expect([await guard.claim(claimOf('three')), await guard.claim(claimOf('three'))]).toEqual([true, false])
    expect(
      (await createRedisRateLimit(client, { processes: 1, requests: 7 }).consume(subject)).remaining,
    ).toBe(6)
    own.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-random')
    await expect(createRedisReplayGuard(client, options)).rejects.toThrow('allkeys-random')
    guard.close()
    client.destroy()
    await own.close()
  })

  it.each([
    ['no', 'replay_guard_warming'],
    ['yes', undefined],
  ])('a replica takes over, append-only file: %s', async (appendonly, code) => {
    const master = await startRedis('--appendonly', appendonly, '--repl-diskless-sync-delay', '0')
    const replica = await startRedis('--appendonly', appendonly, '--replicaof', `127.0.0.1 ${master.port}`)
    await until(() => replica.cli('INFO', 'replication').includes('master_link_status:up'))
    const before = await openIoredis(master.port)
    const first = await createRedisReplayGuard(before.client, options)
    clock.now += 300_001
    const used = claimOf('used')
    expect(await first.claim(used)).toBe(true)
    // Not WAIT: it waits for the writes of its own connection.
    const offset = (server: RedisServer): string =>
      /master_repl_offset:(\d+)/.exec(server.cli('INFO', 'replication'))![1]!
    await until(() => offset(replica) === offset(master))
    await master.kill('SIGKILL')
    replica.cli('REPLICAOF', 'NO', 'ONE')
    const after = await openIoredis(replica.port)
    const second = await createRedisReplayGuard(after.client, options)
    if (code === undefined)
      expect([await second.claim(used), await second.claim(claimOf('new'))]).toEqual([false, true])
    else {
      await expect(second.claim(used)).rejects.toMatchObject({ code })
      clock.now += 300_001
      expect(await second.claim(claimOf('new'))).toBe(true)
    }
    for (const guard of [first, second]) guard.close()
    await Promise.all([before.close(), after.close()])
    await Promise.all([master.close(), replica.close()])
  })

  it.each(CLUSTER)('%s: slots move to another server, and nothing is accepted twice', async (_, open) => {
    const cluster = await startRedisCluster()
    const { client, close } = await open(cluster.servers[0]!.port)
    const [a, b] = await Promise.all([0, 1].map(() => createRedisReplayGuard(client, options)))
    clock.now += 300_001
    const used = Array.from({ length: 300 }, (_, n) => claimOf(`moved ${n}`))
    expect(await Promise.all(used.map(claim => a!.claim(claim)))).not.toContain(false)
    const [from, to] = cluster.servers.map(server => server.cli('CLUSTER', 'MYID').trim())
    const reshard = ['--cluster', 'reshard', `127.0.0.1:${cluster.servers[0]!.port}`, '--cluster-yes']
    cluster.servers[0]!.cli(
      ...reshard,
      '--cluster-from',
      from!,
      '--cluster-to',
      to!,
      '--cluster-slots',
      '1000',
    )
    const outcomes = new Set<unknown>()
    for (let round = 0; round < 2; round++) {
      const again = await Promise.allSettled(used.map(claim => b!.claim(claim)))
      for (const result of again)
        outcomes.add(result.status === 'fulfilled' ? result.value : result.reason.code)
    }
    expect(outcomes).toEqual(new Set([false, 'replay_guard_warming']))
    // Once the move is over and the window has passed, every shard takes claims again.
    clock.now += 300_001
    const fresh = Array.from({ length: 300 }, (_, n) => claimOf(`after ${n}`))
    expect(await Promise.all(fresh.map(claim => b!.claim(claim)))).not.toContain(false)
    for (const guard of [a!, b!]) guard.close()
    await close()
    await cluster.close()
  })
})
