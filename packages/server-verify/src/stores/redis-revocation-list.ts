import { createHash } from 'node:crypto'
import { DependencyError } from '../errors.js'
import {
  KEPT_AFTER_EXPIRY_MS,
  revocationKey,
  type TokenIdentity,
  type WritableRevocationList,
} from '../tokens/revocation-list.js'
import type { RedisClient, RedisOptions } from './redis-client.js'
import { RedisCommands } from './redis-commands.js'

/** How a revocation list in Redis is set up. */
export interface RedisRevocationListOptions extends RedisOptions {
  /** In an outage a token may be judged by what was known about it so many ms ago; then 503. Default 5000. */
  readonly maxStaleMs?: number | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A revocation list for any number of processes. */
export interface RedisRevocationList extends WritableRevocationList {
  /** @throws DependencyError `dependency_unavailable` */
  isRevoked(token: TokenIdentity): Promise<boolean>
  /** Every process knows it when the promise resolves. @throws DependencyError `dependency_unavailable` */
  revokeToken(...revocation: Parameters<WritableRevocationList['revokeToken']>): Promise<void>
  /** Every process knows it when the promise resolves. @throws DependencyError `dependency_unavailable` */
  revokeClient(...revocation: Parameters<WritableRevocationList['revokeClient']>): Promise<void>
}

interface Answer {
  readonly revoked: boolean
  readonly at: number
}

/** Answers kept for an outage. */
const MAX_ANSWERS = 10_000

// KEYS moment. ARGV the new one. Never back.
const MOVE_FORWARD = `
if tonumber(redis.call('GET', KEYS[1]) or '-1') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return 1`

/**
 * Makes a revocation list that all processes share: two questions, one trip, each time. Entries of tokens are dropped
 * once the token has expired by itself; entries of clients stay.
 *
 * @throws TypeError a prefix that cannot be used
 *
 * @example
 * ```ts
 * import { createRedisRevocationList } from '@countersign/server-verify/redis'
 * import { Redis } from 'ioredis'
 *
 * const revocations = createRedisRevocationList(new Redis('redis://127.0.0.1:6379', { enableOfflineQueue: false }))
 * const issuer = 'https://login.acme.example'
 * await revocations.revokeClient({ issuer, clientId: 'warehouse', issuedUpTo: Date.now() })
 * ```
 */
export function createRedisRevocationList(
  client: RedisClient,
  options: RedisRevocationListOptions = {},
): RedisRevocationList {
  const { maxStaleMs = 5000, now = Date.now } = options
  const commands = new RedisCommands(client, 'revocation list', options)
  const answers = new Map<string, Answer>()

  const ask = async (tokenKey: string, clientKey: string, issuedAt: number): Promise<boolean> => {
    const [token, issuedUpTo] = await Promise.all([
      commands.run(tokenKey, ['GET', tokenKey]),
      commands.run(clientKey, ['GET', clientKey]),
    ])
    // Stands so that NaN is revoked.
    return token !== null || (issuedUpTo !== null && !(issuedAt > Number(issuedUpTo)))
  }
  return {
    async isRevoked({ issuer, tokenId, clientId, issuedAt }) {
      const tokenKey = createKey(commands.prefix, 'token', issuer, tokenId)
      const clientKey = createKey(commands.prefix, 'client', issuer, clientId)
      const name = `${tokenKey} ${clientKey} ${issuedAt}`
      const at = now()
      try {
        const revoked = await ask(tokenKey, clientKey, issuedAt)
        remember(answers, name, { revoked, at })
        return revoked
      } catch (error) {
        const known = answers.get(name)
        if (error instanceof DependencyError && known !== undefined && at - known.at <= maxStaleMs)
          return known.revoked
        throw error
      }
    },
    async revokeToken({ issuer, tokenId, expiresAt }) {
      const key = createKey(commands.prefix, 'token', issuer, tokenId)
      const ttl = Math.ceil(expiresAt - now()) + KEPT_AFTER_EXPIRY_MS
      if (ttl > 0) await commands.run(key, ['SET', key, '1', 'PX', String(ttl)])
    },
    async revokeClient({ issuer, clientId, issuedUpTo }) {
      const key = createKey(commands.prefix, 'client', issuer, clientId)
      await commands.evaluate(MOVE_FORWARD, [key], [String(issuedUpTo)])
    },
  }
}

// The one that was asked for longest ago goes first.
function remember(answers: Map<string, Answer>, name: string, answer: Answer): void {
  answers.delete(name)
  answers.set(name, answer)
  if (answers.size <= MAX_ANSWERS) return
  for (const oldest of answers.keys()) {
    answers.delete(oldest)
    return
  }
}

function createKey(prefix: string, kind: 'token' | 'client', issuer: string, id: string): string {
  return `${prefix}:revoked:${kind}:${createHash('sha256')
    .update(revocationKey(kind, issuer, id))
    .digest('base64url')}`
}
