export type {
  IoredisClient,
  NodeRedisClient,
  NodeRedisCluster,
  RedisClient,
  RedisOptions,
} from './stores/redis-client.js'
export {
  createRedisReplayGuard,
  type RedisReplayGuard,
  type RedisReplayGuardOptions,
} from './stores/redis-replay-guard.js'
