// What is asked of a client library; the service brings its own, already connected, and closes it itself.

/** An ioredis `Redis` or `Cluster`. */
export interface IoredisClient {
  call(command: string, ...args: string[]): Promise<unknown>
  /** `Cluster` has it. */
  nodes?: ((role: 'master') => IoredisClient[]) | undefined
}

/** What `createClient` of node-redis (the package `redis`) 5 returns. */
export interface NodeRedisClient {
  sendCommand(args: readonly string[]): Promise<unknown>
}

/** What `createCluster` of node-redis 5 returns. */
export interface NodeRedisCluster {
  readonly masters: readonly object[]
  nodeClient(master: never): Promise<NodeRedisClient>
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
}

/**
 * A connected client of ioredis 5 or node-redis 5, for one server or a cluster. Set it up so that commands fail while
 * there is no connection instead of piling up: ioredis `{ enableOfflineQueue: false, maxRetriesPerRequest: 1 }`,
 * node-redis `{ disableOfflineQueue: true }`. Reads must go to masters (the default of both), and a key prefix of the
 * client's own must not be set.
 */
export type RedisClient = IoredisClient | NodeRedisClient | NodeRedisCluster

/** What everything that stands in Redis can be told. */
export interface RedisOptions {
  /** The start of every key: letters, digits, `:`, `_`, `-`, `.`. Services that share a server differ here. Default `countersign`. */
  readonly prefix?: string | undefined
  /** How long one command may take, in ms; after it the answer is 503. Default 50. */
  readonly timeoutMs?: number | undefined
}

export type SendToKey = (firstKey: string, args: readonly [string, ...string[]]) => Promise<unknown>

/** One way to send a command, whatever the client. */
export function createSender(client: RedisClient): SendToKey {
  refuseKeyPrefix(client)
  if (isIoredis(client)) return (_, [command, ...args]) => client.call(command, ...args)
  if (isNodeRedisCluster(client)) return (firstKey, args) => client.sendCommand(firstKey, false, [...args])
  return (_, args) => client.sendCommand(args)
}

/** The same command to every server that holds keys; one answer each. */
export async function sendToMasters(
  client: RedisClient,
  args: readonly [string, ...string[]],
): Promise<unknown[]> {
  const [command, ...rest] = args
  if (isIoredis(client)) {
    const masters = client.nodes?.('master') ?? [client]
    return Promise.all(masters.map(master => master.call(command, ...rest)))
  }
  if (!isNodeRedisCluster(client)) return [await client.sendCommand(args)]
  return Promise.all(
    client.masters.map(async master => (await client.nodeClient(master as never)).sendCommand(args)),
  )
}

export function isIoredis(client: object): client is IoredisClient {
  return 'call' in client && typeof client.call === 'function'
}

function isNodeRedisCluster(client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster {
  return 'nodeClient' in client
}

// ioredis would put it before the keys of commands, but not before the names that a script makes.
function refuseKeyPrefix(client: object): void {
  const options: unknown = 'options' in client ? client.options : undefined
  if (typeof options !== 'object' || options === null || !('keyPrefix' in options)) return
  if (options.keyPrefix !== undefined && options.keyPrefix !== '')
    throw new TypeError('The Redis client has a keyPrefix. Take it away and use the option prefix.')
}
