// The client libraries that the stores must work with, set up as the README asks.
import { Cluster as IoredisCluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import type { RedisClient } from '../src/stores/redis-client.js'
import type { RedisSubscriber } from '../src/stores/redis-subscriber.js'

export interface OpenClient {
  readonly client: RedisClient
  /** The same connection, for a test that uses it for messages only. */
  readonly subscriber: RedisSubscriber
  close(): Promise<void>
}

/** Opens a client of the server at `port`. */
export type OpenRedis = (port: number) => Promise<OpenClient>

export const openIoredis: OpenRedis = async port => {
  const client = new Redis(port, '127.0.0.1', {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
    retryStrategy: () => 50,
  })
  client.on('error', () => undefined)
  await client.connect()
  return { client, subscriber: client, close: async () => client.disconnect() }
}

export const openNodeRedis: OpenRedis = async port => {
  const client = createClient({
    url: `redis://127.0.0.1:${port}`,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => 50 },
  })
  client.on('error', () => undefined)
  await client.connect()
  return { client, subscriber: client, close: async () => client.destroy() }
}

const openIoredisCluster: OpenRedis = async port => {
  const client = new IoredisCluster([{ host: '127.0.0.1', port }], { lazyConnect: true })
  client.on('error', () => undefined)
  await client.connect()
  return { client, subscriber: client, close: async () => client.disconnect() }
}

const openNodeRedisCluster: OpenRedis = async port => {
  const client = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] })
  client.on('error', () => undefined)
  await client.connect()
  return { client, subscriber: client, close: async () => client.destroy() }
}

export const SINGLE: readonly (readonly [string, OpenRedis])[] = [
  ['ioredis', openIoredis],
  ['node-redis', openNodeRedis],
]

export const CLUSTER: readonly (readonly [string, OpenRedis])[] = [
  ['ioredis Cluster', openIoredisCluster],
  ['node-redis cluster', openNodeRedisCluster],
]
