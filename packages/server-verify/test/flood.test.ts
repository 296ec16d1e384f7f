// Requests that are not authenticated leave nothing behind. `npm run flood` sends a million; here 20,000 must do.
import { expect, it } from 'vitest'
import { type FloodSample, flood } from '../../../tools/flood.mjs'
import { createRedisRateLimit, createRedisReplayGuard } from '../src/redis.js'
import { openNodeRedis } from './redis-clients.js'
import { hasRedis, startRedis } from './redis-server.js'

function expectFlat(samples: readonly FloodSample[]): void {
  const settled = samples[1]!
  const last = samples.at(-1)!
  expect(last.refused).toBe(last.requests)
  expect(last.claims).toBe(samples[0]!.claims)
  expect(last).toMatchObject({ cachedCredentials: 1, cachedUnknown: 1000 })
  // A hundred bytes kept of each request would be 1.5 MiB.
  expect(last.heapMiB - settled.heapMiB).toBeLessThan(1)
  // Ten in ten seconds and a count, as long as it takes.
  expect(last.audited).toBeLessThan(200)
}

it('20,000 bad signatures from random key ids: memory stays as it is', async () => {
  const samples = await flood({ requests: 20_000, samples: 5 })
  expectFlat(samples)
  expect(samples.at(-1)!.claims).toBe(0)
})

it.skipIf(!hasRedis)('20,000 bad signatures from random key ids: Redis stays as it is', async () => {
  const server = await startRedis()
  const { client, close } = await openNodeRedis(server.port)
  const replay = await createRedisReplayGuard(client, { timeoutMs: 1000 })
  const countStored = async (): Promise<number> => Number(server.cli('DBSIZE'))
  const rateLimit = createRedisRateLimit(client, { processes: 1 })
  expectFlat(await flood({ requests: 20_000, samples: 5, replay, rateLimit, countStored }))
  replay.close()
  await close()
  await server.close()
})
