import { RateLimiterRedis } from 'rate-limiter-flexible'
import { assertCount } from '../quota-policy.js'
import type { QuotaSubject, RateLimit } from '../rate-limit.js'
import { LayeredQuota } from './layered-quota.js'
import { type FallbackOptions, LocalFallback, partOf } from './local-fallback.js'
import { createMemoryRateLimit, type MemoryRateLimitOptions, resolvePolicies } from './memory-rate-limit.js'
import type { RedisClient, RedisOptions } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'

/** How a quota in Redis is set up. */
export interface RedisRateLimitOptions extends RedisOptions, MemoryRateLimitOptions, FallbackOptions {}

// Takes what fits and nothing else, gives back what is there and nothing else: no count outlives its window, goes below
// zero or beyond the limit. KEYS count. ARGV change, seconds, limit.
const COUNT = `
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local change = tonumber(ARGV[1])
if change > 0 and used + change > tonumber(ARGV[3]) then return {used + change, redis.call('PTTL', KEYS[1])} end
if change < 0 and used <= 0 then return {0, 0} end
redis.call('SET', KEYS[1], '0', 'EX', ARGV[2], 'NX')
return {redis.call('INCRBY', KEYS[1], ARGV[1]), redis.call('PTTL', KEYS[1])}`

/**
 * Makes a quota that all processes share, fixed windows. While Redis cannot be asked, each process goes on by itself
 * with `limit / processes`: an outage neither stops partners nor lets them do what they like.
 *
 * @throws TypeError, RangeError policies or a prefix that make no sense
 *
 * @example
 * ```ts
 * import { createRedisRateLimit } from '@countersign/server-verify/redis'
 * import { Redis } from 'ioredis'
 *
 * const rateLimit = createRedisRateLimit(new Redis('redis://127.0.0.1:6379', { enableOfflineQueue: false }), {
 *   processes: 4,
 *   policies: [
 *     { name: 'burst', per: 'key', requests: 50, windowSeconds: 1 },
 *     { name: 'sustained', per: 'partner', requests: 6000, windowSeconds: 600 },
 *     { name: 'history', per: 'route', requests: 60, windowSeconds: 60, routes: ['GET /v1/orders/:orderId/statuses'] },
 *   ],
 *   onFallback: ({ limit, active }) => console.error(limit, active ? 'without Redis' : 'with Redis again'),
 * })
 * console.log(typeof rateLimit.consume) // function
 * ```
 */
export function createRedisRateLimit(client: RedisClient, options: RedisRateLimitOptions): RateLimit {
  const { processes } = options
  assertCount('processes', processes, 100_000)
  const policies = resolvePolicies(options)
  const commands = new RedisCommands(client, 'rate limit', options)
  const shared = new LayeredQuota(policies, ({ name, requests, windowSeconds }) => ({
    limiter: new RateLimiterRedis({
      storeClient: createEvaluator(commands),
      useRedisPackage: true,
      customIncrTtlLuaScript: COUNT,
      keyPrefix: `${commands.prefix}:quota:${name}`,
      points: requests,
      duration: windowSeconds,
    }),
    countsRefused: false,
  }))
  const local = createMemoryRateLimit({
    policies: policies.map(policy => ({ ...policy, requests: partOf(policy.requests, processes) })),
  })
  const fallback = new LocalFallback('quota', options)
  // Who was counted here and not in Redis: what is given back must go where it was taken.
  const countedHere = new WeakSet<QuotaSubject>()
  return {
    consume: subject =>
      fallback.run(
        () => shared.consume(subject),
        () => {
          countedHere.add(subject)
          return local.consume(subject)
        },
      ),
    async refund(subject) {
      if (countedHere.delete(subject)) return local.refund(subject)
      // What cannot be given back now ends with its window.
      await fallback.run(
        () => shared.refund(subject),
        () => undefined,
      )
    },
  }
}

/** All that rate-limiter-flexible asks of a node-redis client when scripts are used. */
function createEvaluator(commands: RedisCommands): { readonly eval: Evaluate } {
  return { eval: (script, { keys, arguments: args }) => commands.evaluate(script, keys, args) }
}

type Evaluate = (
  script: string,
  values: { readonly keys: readonly [string]; readonly arguments: readonly string[] },
) => Promise<unknown>
