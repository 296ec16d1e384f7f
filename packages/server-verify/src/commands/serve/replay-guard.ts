import { once } from 'node:events'
import type { ReplayGuard } from '../../replay-guard.js'
import { createMemoryReplayGuard } from '../../stores/memory-replay-guard.js'
import { CommandError } from '../command-error.js'
import { EXIT } from '../exit-code.js'
import { present, type World } from '../world.js'
import type { ServeOptions } from './command.js'

/** A guard, and how to let go of what it stands on. */
export interface OpenGuard {
  readonly guard: ReplayGuard
  close(): void | Promise<void>
}

/** @throws CommandError `usage`, `ioredis_missing`, `redis_unreachable` */
export async function openReplayGuard(
  env: World['env'],
  { redisUrl, replaySnapshot }: Pick<ServeOptions, 'redisUrl' | 'replaySnapshot'>,
): Promise<OpenGuard> {
  if (redisUrl === undefined) {
    const guard = createMemoryReplayGuard(
      replaySnapshot === undefined ? {} : { snapshotFile: replaySnapshot },
    )
    return { guard, close: () => guard.close() }
  }
  if (replaySnapshot !== undefined)
    throw new CommandError('usage', EXIT.usage, '--replay-snapshot and --redis-url exclude each other.')
  if (URL.canParse(redisUrl) && new URL(redisUrl).password !== '')
    throw new CommandError('usage', EXIT.usage, 'A password does not belong into --redis-url.', {
      next: 'the process list and the shell history show it: use REDIS_PASSWORD',
    })
  return openRedis(redisUrl, present(env['REDIS_PASSWORD']))
}

async function openRedis(url: string, password: string | undefined): Promise<OpenGuard> {
  const { Redis } = await import('ioredis').catch(error => {
    throw new CommandError('ioredis_missing', EXIT.usage, 'The package ioredis is not installed.', {
      next: 'npm install ioredis',
      cause: error,
    })
  })
  const { createRedisReplayGuard } = await import('../../stores/redis-replay-guard.js')
  const client = new Redis(url, {
    ...(password === undefined ? {} : { password }),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    socketTimeout: 5000,
  })
  // Told by each request that needs it; without a listener it would end the process.
  client.on('error', () => undefined)
  try {
    await once(client, 'ready', { signal: AbortSignal.timeout(5000) })
    const guard = await createRedisReplayGuard(client)
    return {
      guard,
      close() {
        guard.close()
        client.disconnect()
      },
    }
  } catch (error) {
    client.disconnect()
    const detail = error instanceof TypeError ? error.message : 'It does not answer.'
    throw new CommandError('redis_unusable', EXIT.temporary, `Redis cannot be used. ${detail}`, {
      next: 'check --redis-url and the server, then run the same command again',
      cause: error,
    })
  }
}
