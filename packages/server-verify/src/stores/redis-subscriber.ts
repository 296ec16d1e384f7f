/** An ioredis `Redis` or `Cluster` in subscriber mode. */
export interface IoredisSubscriber {
  subscribe(channel: string): Promise<unknown>
  unsubscribe(channel: string): Promise<unknown>
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  off(event: 'message', listener: (channel: string, message: string) => void): unknown
  call: unknown
}

/** A client or cluster of node-redis 5 used for subscriptions. */
export interface NodeRedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  unsubscribe(channel: string, listener: never): Promise<unknown>
  sendCommand: unknown
}

/**
 * A second connected client, of the same library, that is used for nothing else: `redis.duplicate()`. Both libraries
 * subscribe again by themselves after a lost connection; what was said in between is caught up by the counter.
 */
export type RedisSubscriber = IoredisSubscriber | NodeRedisSubscriber

/** Subscribes; the returned function ends it. */
export async function listen(
  subscriber: RedisSubscriber,
  channel: string,
  onMessage: (message: string) => void,
): Promise<() => Promise<void>> {
  if (!isIoredis(subscriber)) {
    await subscriber.subscribe(channel, onMessage)
    return async () => void (await subscriber.unsubscribe(channel, onMessage as never))
  }
  const onAnyMessage = (from: string, message: string): void => {
    if (from === channel) onMessage(message)
  }
  subscriber.on('message', onAnyMessage)
  try {
    await subscriber.subscribe(channel)
  } catch (error) {
    subscriber.off('message', onAnyMessage)
    throw error
  }
  return async () => {
    subscriber.off('message', onAnyMessage)
    await subscriber.unsubscribe(channel)
  }
}

function isIoredis(subscriber: RedisSubscriber): subscriber is IoredisSubscriber {
  return 'call' in subscriber
}
