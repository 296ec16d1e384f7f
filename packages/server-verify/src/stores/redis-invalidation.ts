import { randomInt } from 'node:crypto'
import type { RevisionChanges } from '../credential-registry.js'
import type { CredentialInvalidation } from '../invalidation.js'
import { createRevisionInvalidation } from '../revision-invalidation.js'
import type { RedisClient, RedisOptions } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'
import { listen, type RedisSubscriber } from './redis-subscriber.js'

/** Options of {@link createRedisInvalidation}. */
export interface RedisInvalidationOptions extends RedisOptions {
  /** How often the counter is asked for, in ms: how late a change is known whose message was lost. Default 500. */
  readonly pollMs?: number | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

// A counter that is not there begins anywhere, so that it does not come back to a value that was there before the data
// were lost.
// KEYS counter, changes. ARGV where it begins, channel, key id.
const PUBLISH = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local revision = redis.call('INCR', KEYS[1])
redis.call('ZADD', KEYS[2], revision, string.format('%.0f ', revision) .. ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1001)
redis.call('PUBLISH', ARGV[2], ARGV[3])
return revision`

// KEYS counter, changes. ARGV where it begins, the revision that is known. Answers the revision and every change since,
// or -1 in place of the changes when not all of them are known any more.
const CHANGES = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
local revision = tonumber(redis.call('GET', KEYS[1]))
local changes = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[2], '+inf')
if #changes ~= revision - tonumber(ARGV[2]) then return {revision, -1} end
return {revision, changes}`

/**
 * Tells every process that shares the Redis which credential has changed: at once by a message, and, since messages get
 * lost, by a counter that is asked for every `pollMs` (500). For credentials that are not kept in a store with a
 * revision of its own, such as PostgreSQL.
 *
 * @param subscriber a connection of its own, which can do nothing else (`redis.duplicate()`); `undefined`: no messages
 * @throws TypeError a prefix that cannot be used
 *
 * @example
 * ```ts
 * import { createRedisInvalidation } from '@countersign/server-verify/redis'
 * import { Redis } from 'ioredis'
 *
 * const redis = new Redis('redis://127.0.0.1:6379')
 * const invalidation = createRedisInvalidation(redis, redis.duplicate())
 * const stop = await invalidation.subscribe(keyId => console.log(keyId ?? 'everything'))
 * await invalidation.publish('acme_2026_a')
 * await stop()
 * ```
 */
export function createRedisInvalidation(
  client: RedisClient,
  subscriber: RedisSubscriber | undefined,
  options: RedisInvalidationOptions = {},
): CredentialInvalidation {
  const commands = new RedisCommands(client, 'credential invalidation', options)
  const { prefix } = commands
  const keys = [`${prefix}:{invalidation}:revision`, `${prefix}:{invalidation}:changes`] as const
  const channel = `${prefix}:invalidation`
  const polled = createRevisionInvalidation({
    source: {
      findByKeyId: () => undefined,
      changesSince: async revision =>
        readChanges(await commands.evaluate(CHANGES, keys, [anyRevision(), String(revision ?? 0)])),
    },
    pollMs: options.pollMs,
    now: options.now,
    listen: subscriber === undefined ? undefined : onHint => listen(subscriber, channel, onHint),
  })
  return {
    get lastKnownAt() {
      return polled.lastKnownAt
    },
    subscribe: listener => polled.subscribe(listener),
    async publish(keyId) {
      await commands.evaluate(PUBLISH, keys, [anyRevision(), channel, keyId])
      await polled.publish(keyId)
    },
  }
}

function anyRevision(): string {
  return String(randomInt(1, 2 ** 40))
}

function readChanges(answer: unknown): RevisionChanges {
  const [revision, changes] = Array.isArray(answer) ? answer : []
  if (!Number.isSafeInteger(Number(revision)))
    throw new TypeError('Redis gave an answer that the script cannot give.')
  const keyIds = Array.isArray(changes)
    ? changes.map(change => String(change).slice(String(change).indexOf(' ') + 1))
    : undefined
  return { revision: Number(revision), keyIds }
}
