import { DependencyError } from '../errors.js'
import type { ReplayClaim, ReplayGuard } from '../replay-guard.js'
import { KnownClaims } from './known-claims.js'
import { REDIS_CLAIM_SCRIPT, readClaimAnswer } from './redis-claim-script.js'
import type { RedisClient, RedisOptions } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'
import { assertKeepsEverything } from './redis-eviction.js'

/** How a guard in Redis is set up. */
export interface RedisReplayGuardOptions extends RedisOptions {
  /** Used requests that this process knows by itself and refuses without a trip, 31 bytes each. Default 100,000. */
  readonly localEntries?: number | undefined
  /** `true`: start although it cannot be known, or is not so, that the server never evicts. Default `false`. */
  readonly unverifiedEviction?: boolean | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A guard for any number of processes. */
export interface RedisReplayGuard extends ReplayGuard {
  /** Slots of the table in front that are in use. */
  readonly localSize: number
  /** Knows what this process has seen; `false` says nothing yet. Makes no trip. */
  has(claim: ReplayClaim): boolean
  claim(claim: ReplayClaim): Promise<boolean>
  /** Stops looking after the server. The client stays open. */
  close(): void
}

/** How long the commands that look at every shard may take, ms. */
const OPEN_TIMEOUT_MS = 5000
/** How often one shard is looked at, ms. */
const WATCH_MS = 1000
/** One shard per value of the first byte of a claim: a busy partner is spread over the whole cluster. */
const SHARDS = 256

/**
 * Makes a guard in Redis (or Valkey), 7 or newer: a request is good for one use over all processes that share it, one
 * trip each. It looks at the server first, and does not come into being when the server may evict.
 *
 * When the server has lost its data, or was restarted from a snapshot, requests that it may have forgotten are answered
 * 503 `replay_guard_warming`, as those of the very first start, except for credentials that were issued later.
 *
 * @throws TypeError the server evicts, or does not tell; a prefix that cannot be used
 * @throws DependencyError `dependency_unavailable`: ask again later
 *
 * @example
 * ```ts
 * import { createRedisReplayGuard } from '@countersign/server-verify/redis'
 * import { Redis } from 'ioredis'
 *
 * const redis = new Redis('redis://127.0.0.1:6379', { enableOfflineQueue: false, maxRetriesPerRequest: 1 })
 * await new Promise(resolve => redis.once('ready', resolve))
 * const replay = await createRedisReplayGuard(redis)
 * console.log(replay.localSize) // 0
 * ```
 */
export async function createRedisReplayGuard(
  client: RedisClient,
  options: RedisReplayGuardOptions = {},
): Promise<RedisReplayGuard> {
  const commands = new RedisCommands(client, 'replay guard', options)
  const known = new KnownClaims(options.localEntries ?? 100_000)
  if (options.unverifiedEviction !== true) await assertKeepsEverything(client)
  const guard = new SharedGuard(commands, known, options.now ?? Date.now)
  try {
    await guard.open()
  } catch (error) {
    guard.close()
    throw error
  }
  return guard
}

class SharedGuard implements RedisReplayGuard {
  readonly #commands: RedisCommands
  readonly #known: KnownClaims
  readonly #now: () => number
  readonly #watch: NodeJS.Timeout
  // The latest moment, as far as this process knows, before which some shard cannot know its claims.
  #epoch = 0
  #opening: Promise<void> | undefined
  #watched = 0

  constructor(commands: RedisCommands, known: KnownClaims, now: () => number) {
    this.#commands = commands
    this.#known = known
    this.#now = now
    this.#watch = setInterval(() => void this.#watchNext(), WATCH_MS).unref()
  }

  get localSize(): number {
    return this.#known.size
  }

  close(): void {
    clearInterval(this.#watch)
  }

  /** Every shard gets its epoch now: the wait begins with the loss, not when the next request falls into a shard. */
  async open(): Promise<void> {
    const shards = Array.from({ length: SHARDS }, (_, shard) => this.#openShard(shard, OPEN_TIMEOUT_MS))
    this.#epoch = Math.max(this.#epoch, ...(await Promise.all(shards)))
  }

  has(claim: ReplayClaim): boolean {
    return this.#known.has(claim, Math.floor(this.#now() / 1000))
  }

  async claim(claim: ReplayClaim): Promise<boolean> {
    if (this.has(claim)) return false
    const { partnerId, keyId, id, timestamp, expiresAt, futureMs, credentialCreatedAt } = claim
    const now = Math.floor(this.#now())
    const shard = this.#keyOfShard(id[0]!)
    // A key id and the text of a claim hold no colon, so no partner id can run into another one.
    const name = Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('base64url')
    const ttl = Math.max(1000, Math.ceil(expiresAt - now))
    const answer = await this.#evaluate(
      [`${shard}:${partnerId}:${keyId}:${name}`, `${shard}:epoch`],
      [ttl, now, timestamp, credentialCreatedAt, futureMs].map(String),
    )
    const { outcome, since } = readClaimAnswer(answer)
    this.#noticeEpoch(since)
    if (outcome === 'warming') throw refuseUnknown(since + futureMs - now)
    this.#known.note(claim, Math.floor(now / 1000))
    return outcome === 'claimed'
  }

  // One shard a second: a loss is noticed also while there are no requests.
  async #watchNext(): Promise<void> {
    this.#watched = (this.#watched + 1) % SHARDS
    try {
      this.#noticeEpoch(await this.#openShard(this.#watched))
    } catch {
      // The next request meets the same outage and is refused.
    }
  }

  // One shard has lost its claims: the others of that server have, too.
  #noticeEpoch(since: number): void {
    if (!(since > this.#epoch) || this.#opening !== undefined) return
    this.#opening = this.open()
      .catch(() => undefined)
      .finally(() => {
        this.#opening = undefined
      })
  }

  async #openShard(shard: number, timeoutMs?: number): Promise<number> {
    const key = this.#keyOfShard(shard)
    const args = ['0', String(Math.floor(this.#now())), '0', '0', '0']
    return readClaimAnswer(
      await this.#commands.evaluate(REDIS_CLAIM_SCRIPT, [`${key}:open`, `${key}:epoch`], args, timeoutMs),
    ).since
  }

  #keyOfShard(shard: number): string {
    return `${this.#commands.prefix}:replay:{${shard.toString(16).padStart(2, '0')}}`
  }

  async #evaluate(keys: readonly [string, string], args: readonly string[]): Promise<unknown> {
    try {
      return await this.#commands.evaluate(REDIS_CLAIM_SCRIPT, keys, args)
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined
      if (!(cause instanceof Error && cause.message.startsWith('OOM'))) throw error
      throw new DependencyError('replay_guard_full', { dependency: 'replay guard', retryAfter: 5, cause })
    }
  }
}

function refuseUnknown(waitMs: number): DependencyError {
  const retryAfter = Math.min(86_400, Math.max(1, Math.ceil(waitMs / 1000) + 1))
  return new DependencyError('replay_guard_warming', { dependency: 'replay guard', retryAfter })
}
