// What one process takes back is refused by the others.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisRevocationList, type RedisRevocationListOptions } from '../src/redis.js'
import { CLUSTER, type OpenRedis, openIoredis, SINGLE } from './redis-clients.js'
import { hasRedis, type RedisServer, startRedis, startRedisCluster } from './redis-server.js'

const issuer = 'https://login.acme.example'
const TOKEN = { issuer, tokenId: 'jti-1', clientId: 'warehouse', issuedAt: 1_000_000 }

describe.skipIf(!hasRedis)('a revocation list in Redis', () => {
  let server: RedisServer
  let cluster: Awaited<ReturnType<typeof startRedisCluster>>
  const clock = { now: 2_000_000 }
  const options: RedisRevocationListOptions = { now: () => clock.now, timeoutMs: 2000 }
  beforeAll(async () => {
    server = await startRedis()
    cluster = await startRedisCluster()
  })
  afterAll(() => Promise.all([server.close(), cluster.close()]))

  const everywhere: readonly (readonly [string, OpenRedis, () => number])[] = [
    ...SINGLE.map(([name, open]) => [name, open, () => server.port] as const),
    ...CLUSTER.map(([name, open]) => [name, open, () => cluster.servers[0]!.port] as const),
  ]

  it.each(everywhere)('%s: one token, and all of a client up to a moment', async (name, open, port) => {
    const [a, b] = await Promise.all([open(port()), open(port())])
    const own = { ...options, prefix: name.replaceAll(' ', '_') }
    const writer = createRedisRevocationList(a.client, own)
    const reader = createRedisRevocationList(b.client, own)
    expect(await reader.isRevoked(TOKEN)).toBe(false)
    await writer.revokeToken({ issuer, tokenId: 'jti-1', expiresAt: clock.now + 60_000 })
    expect(await reader.isRevoked(TOKEN)).toBe(true)
    expect(await reader.isRevoked({ ...TOKEN, tokenId: 'jti-2' })).toBe(false)
    expect(await reader.isRevoked({ ...TOKEN, issuer: 'https://other.example' })).toBe(false)

    await writer.revokeClient({ issuer, clientId: 'warehouse', issuedUpTo: 1_000_000 })
    await writer.revokeClient({ issuer, clientId: 'warehouse', issuedUpTo: 500_000 })
    const others = { ...TOKEN, tokenId: 'jti-3' }
    expect(await reader.isRevoked(others)).toBe(true)
    expect(await reader.isRevoked({ ...others, issuedAt: 1_000_001 })).toBe(false)
    expect(await reader.isRevoked({ ...others, issuedAt: Number.NaN })).toBe(true)
    expect(await reader.isRevoked({ ...others, clientId: 'office' })).toBe(false)
    await Promise.all([a.close(), b.close()])
  })

  it('keeps a token until it has expired by itself, and a little longer', async () => {
    const { client, close } = await openIoredis(server.port)
    const list = createRedisRevocationList(client, { ...options, prefix: 'kept' })
    await list.revokeToken({ issuer, tokenId: 'long gone', expiresAt: clock.now - 3_600_000 })
    expect(server.cli('--scan', '--pattern', 'kept:*').trim()).toBe('')
    await list.revokeToken({ issuer, tokenId: 'jti-1', expiresAt: clock.now + 60_000 })
    const ttl = Number(server.cli('PTTL', server.cli('--scan', '--pattern', 'kept:*').trim()))
    expect(ttl).toBeGreaterThan(650_000)
    expect(ttl).toBeLessThanOrEqual(660_000)
    await close()
  })

  it('an outage: what was known a moment ago, then 503; never a guess', async () => {
    const own = await startRedis()
    const { client, close } = await openIoredis(own.port)
    const list = createRedisRevocationList(client, { ...options, maxStaleMs: 1000 })
    const revoked = { ...TOKEN, tokenId: 'jti-revoked' }
    await list.revokeToken({ issuer, tokenId: 'jti-revoked', expiresAt: clock.now + 60_000 })
    expect([await list.isRevoked(TOKEN), await list.isRevoked(revoked)]).toEqual([false, true])
    await own.kill('SIGKILL')
    const outage = { code: 'dependency_unavailable', status: 503 }
    clock.now += 1000
    expect([await list.isRevoked(TOKEN), await list.isRevoked(revoked)]).toEqual([false, true])
    await expect(list.isRevoked({ ...TOKEN, tokenId: 'never seen' })).rejects.toMatchObject(outage)
    await expect(list.isRevoked({ ...TOKEN, issuedAt: 1 })).rejects.toMatchObject(outage)
    clock.now += 1
    await expect(list.isRevoked(TOKEN)).rejects.toMatchObject(outage)
    await expect(list.revokeToken({ issuer, tokenId: 'x', expiresAt: clock.now })).rejects.toMatchObject(
      outage,
    )
    await expect(list.revokeClient({ issuer, clientId: 'x', issuedUpTo: 1 })).rejects.toMatchObject(outage)
    await close()
    await own.close()
  })
})
