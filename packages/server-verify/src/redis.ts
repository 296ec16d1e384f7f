export type { QuotaPolicy } from './quota-policy.js'
export type { FallbackEvent, FallbackOptions } from './stores/local-fallback.js'
export type { ConcurrencyOptions } from './stores/memory-concurrency-limit.js'
export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  RedisClient,
  RedisOptions,
} from './stores/redis-client.js'
export {
  createRedisConcurrencyLimit,
  type RedisConcurrencyLimitOptions,
} from './stores/redis-concurrency-limit.js'
export { createRedisInvalidation, type RedisInvalidationOptions } from './stores/redis-invalidation.js'
export { createRedisRateLimit, type RedisRateLimitOptions } from './stores/redis-rate-limit.js'
export {
  createRedisReplayGuard,
  type RedisReplayGuard,
  type RedisReplayGuardOptions,
} from './stores/redis-replay-guard.js'
export {
  createRedisRevocationList,
  type RedisRevocationList,
  type RedisRevocationListOptions,
} from './stores/redis-revocation-list.js'
export type { IoredisSubscriber, NodeRedisSubscriber, RedisSubscriber } from './stores/redis-subscriber.js'
