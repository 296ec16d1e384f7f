export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  RedisClient,
  RedisOptions,
} from './stores/redis-client.js'
export { createRedisInvalidation, type RedisInvalidationOptions } from './stores/redis-invalidation.js'
export {
  createRedisReplayGuard,
  type RedisReplayGuard,
  type RedisReplayGuardOptions,
} from './stores/redis-replay-guard.js'
export type { IoredisSubscriber, NodeRedisSubscriber, RedisSubscriber } from './stores/redis-subscriber.js'
