import { randomBytes } from 'node:crypto'
import type { ConcurrencyLimit, Lease } from '../concurrency-limit.js'
import { assertCount } from '../quota-policy.js'
import type { QuotaSubject } from '../rate-limit.js'
import { type FallbackOptions, LocalFallback, partOf } from './local-fallback.js'
import {
  type ConcurrencyOptions,
  createMemoryConcurrencyLimit,
  refuseConcurrent,
  resolveConcurrency,
} from './memory-concurrency-limit.js'
import type { RedisClient, RedisOptions } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'

/** How a concurrency limit in Redis is set up. */
export interface RedisConcurrencyLimitOptions extends RedisOptions, ConcurrencyOptions, FallbackOptions {}

/** How long a lease that could not be given back waits for the next attempt, ms. */
const RETRY_MS = 1000

// By the clock of the server, which is one for all. KEYS the leases of the partner, and of the key id when that is
// limited. ARGV lease, ms, limit of the partner, limit of the key id.
const ACQUIRE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now))
  if redis.call('ZCARD', key) >= tonumber(ARGV[i + 2]) then return 0 end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, string.format('%.0f', now + ARGV[2]), ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return 1`

const RELEASE = `for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end return 1`

/**
 * Makes a concurrency limit that all processes share. A process that dies takes its leases with it: they end after
 * `leaseSeconds`. While Redis cannot be asked, each process goes on by itself with `limit / processes`.
 *
 * @throws TypeError, RangeError options that make no sense
 *
 * @example
 * ```ts
 * import { createRedisConcurrencyLimit } from '@countersign/server-verify/redis'
 * import { Redis } from 'ioredis'
 *
 * const redis = new Redis('redis://127.0.0.1:6379', { enableOfflineQueue: false })
 * const concurrency = createRedisConcurrencyLimit(redis, { processes: 4, perPartner: 64, perKey: 32 })
 * const lease = await concurrency.acquire({ partnerId: 'acme', keyId: 'acme_2026_a' })
 * await lease.release()
 * ```
 */
export function createRedisConcurrencyLimit(
  client: RedisClient,
  options: RedisConcurrencyLimitOptions,
): ConcurrencyLimit {
  const { processes } = options
  assertCount('processes', processes, 100_000)
  const { perPartner, perKey, leaseSeconds } = resolveConcurrency(options)
  const commands = new RedisCommands(client, 'concurrency limit', options)
  const limits = perKey === undefined ? [perPartner] : [perPartner, perKey]
  const local = createMemoryConcurrencyLimit({
    leaseSeconds,
    perPartner: partOf(perPartner, processes),
    perKey: perKey === undefined ? undefined : partOf(perKey, processes),
  })
  const fallback = new LocalFallback('concurrency', options)

  const acquireShared = async (subject: QuotaSubject): Promise<Lease> => {
    const keys = createKeys(commands.prefix, subject, perKey !== undefined)
    const id = randomBytes(12).toString('base64url')
    const args = [id, leaseSeconds * 1000, ...limits].map(String)
    const endsAt = performance.now() + leaseSeconds * 1000
    const answer = await commands.evaluate(ACQUIRE, keys, args).catch((error: unknown) => {
      // It may have been made although no answer came.
      void giveBack(commands, keys, id, endsAt)
      throw error
    })
    if (Number(answer) !== 1) throw refuseConcurrent()
    let released: Promise<void> | undefined
    return {
      release: () => {
        released ??= giveBack(commands, keys, id, endsAt)
        return released
      },
    }
  }
  return {
    acquire: subject =>
      fallback.run(
        () => acquireShared(subject),
        () => local.acquire(subject),
      ),
  }
}

// Both keys are in the slot of the partner; encoded, because a brace in a partner's id would end the hash tag.
function createKeys(
  prefix: string,
  { partnerId, keyId }: QuotaSubject,
  withKey: boolean,
): readonly [string, ...string[]] {
  const partner = `${prefix}:lease:{${encodeURIComponent(`=${partnerId}`)}}`
  return withKey ? [partner, `${partner}:${keyId}`] : [partner]
}

// Resolves after the first attempt: nobody waits for a store that is out. Later ones keep an outage of a second from
// locking a partner out until its leases have ended by themselves.
async function giveBack(
  commands: RedisCommands,
  keys: readonly [string, ...string[]],
  id: string,
  endsAt: number,
): Promise<void> {
  try {
    await commands.evaluate(RELEASE, keys, [id])
  } catch {
    if (performance.now() + RETRY_MS < endsAt)
      setTimeout(() => void giveBack(commands, keys, id, endsAt), RETRY_MS).unref()
  }
}
