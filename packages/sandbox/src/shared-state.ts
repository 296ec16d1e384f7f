import { join } from 'node:path'
import {
  createMemoryRateLimit,
  createMemoryReplayGuard,
  type RateLimit,
  type ReplayGuard,
} from '@countersign/server-verify'
import type { ClosingStack } from './closing-stack.js'

/** What several sandboxes share when they have a Redis, and one keeps for itself without. */
export interface SharedState {
  readonly replay: ReplayGuard
  readonly rateLimit: RateLimit | undefined
}

/** Where the state is. */
export interface SharedStateOptions {
  readonly redisUrl?: string | undefined
  readonly dataDir?: string | undefined
  /** Requests a minute and partner. */
  readonly rateLimit?: number | undefined
  readonly now: () => number
}

/** The Redis server cannot be used; the message says why. */
export class RedisUnavailableError extends Error {
  override readonly name = 'RedisUnavailableError' as const
}

/** @throws RedisUnavailableError */
export async function openSharedState(
  options: SharedStateOptions,
  closing: ClosingStack,
): Promise<SharedState> {
  return options.redisUrl === undefined
    ? openOwn(options, closing)
    : openRedis(options, options.redisUrl, closing)
}

function openOwn({ dataDir, rateLimit, now }: SharedStateOptions, closing: ClosingStack): SharedState {
  const snapshotFile = dataDir === undefined ? undefined : join(dataDir, 'replay-claims')
  const replay = createMemoryReplayGuard({ snapshotFile, maxPartnerShare: 1, now })
  closing.add(() => replay.close())
  return {
    replay,
    rateLimit: rateLimit === undefined ? undefined : createMemoryRateLimit({ requests: rateLimit }),
  }
}

async function openRedis(
  { rateLimit, now }: SharedStateOptions,
  url: string,
  closing: ClosingStack,
): Promise<SharedState> {
  // Loaded here: without --redis-url neither is needed.
  const [{ Redis }, { createRedisRateLimit, createRedisReplayGuard }] = await Promise.all([
    import('ioredis'),
    import('@countersign/server-verify/redis'),
  ])
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1, lazyConnect: true })
  closing.add(() => redis.disconnect())
  // An outage shows itself in the answers (503); without a listener it would end the process.
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    const replay = await createRedisReplayGuard(redis, { now })
    closing.add(() => replay.close())
    const quota = (requests: number): RateLimit => createRedisRateLimit(redis, { requests, processes: 1 })
    return { replay, rateLimit: rateLimit === undefined ? undefined : quota(rateLimit) }
  } catch (error) {
    const { host } = new URL(url)
    throw new RedisUnavailableError(
      `Redis at ${host} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    )
  }
}
