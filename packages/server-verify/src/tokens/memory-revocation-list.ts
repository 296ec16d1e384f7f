import {
  type ClientRevocation,
  KEPT_AFTER_EXPIRY_MS,
  revocationKey,
  type TokenIdentity,
  type TokenRevocation,
  type WritableRevocationList,
} from './revocation-list.js'

/** How much is kept. */
export interface MemoryRevocationListOptions {
  /** Most entries; a live one is never dropped. Default 100,000. */
  readonly maxEntries?: number | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A revocation list in the process's memory. */
export interface MemoryRevocationList extends WritableRevocationList {
  readonly size: number
  isRevoked(token: TokenIdentity): boolean
  /** @throws RangeError the list is full of live entries */
  revokeToken(revocation: TokenRevocation): void
  /** @throws RangeError the list is full of live entries */
  revokeClient(revocation: ClientRevocation): void
}

const SWEEP_AT_LEAST = 64

/**
 * Makes a revocation list for one process. Entries of tokens are dropped ten minutes after the token has expired
 * by itself, when no verifier's clock can find it valid any more; entries of clients stay.
 *
 * @example
 * ```ts
 * import { createMemoryRevocationList } from '@countersign/server-verify'
 *
 * const revocations = createMemoryRevocationList()
 * const issuer = 'https://login.acme.example'
 * revocations.revokeToken({ issuer, tokenId: 'jti-1', expiresAt: Date.now() + 600_000 })
 * revocations.revokeClient({ issuer, clientId: 'warehouse', issuedUpTo: Date.now() })
 * console.log(revocations.size) // 2
 * ```
 */
export function createMemoryRevocationList(options: MemoryRevocationListOptions = {}): MemoryRevocationList {
  const { maxEntries = 100_000, now = Date.now } = options
  const tokens = new Map<string, number>()
  const clients = new Map<string, number>()
  let sweepAt = SWEEP_AT_LEAST

  const sweep = (): void => {
    const time = now()
    for (const [key, expiresAt] of tokens) {
      if (expiresAt + KEPT_AFTER_EXPIRY_MS <= time) tokens.delete(key)
    }
    sweepAt = Math.max(SWEEP_AT_LEAST, tokens.size * 2)
  }
  const makeRoom = (): void => {
    if (tokens.size >= sweepAt || tokens.size + clients.size >= maxEntries) sweep()
    if (tokens.size + clients.size >= maxEntries)
      throw new RangeError(`The revocation list holds ${maxEntries} live entries. Raise maxEntries.`)
  }
  return {
    get size() {
      return tokens.size + clients.size
    },
    isRevoked({ issuer, tokenId, clientId, issuedAt }) {
      if (tokens.has(revocationKey('token', issuer, tokenId))) return true
      const issuedUpTo = clients.get(revocationKey('client', issuer, clientId))
      return issuedUpTo !== undefined && issuedAt <= issuedUpTo
    },
    revokeToken({ issuer, tokenId, expiresAt }) {
      const key = revocationKey('token', issuer, tokenId)
      const known = tokens.get(key)
      if (known === undefined) makeRoom()
      tokens.set(key, Math.max(known ?? expiresAt, expiresAt))
    },
    revokeClient({ issuer, clientId, issuedUpTo }) {
      const key = revocationKey('client', issuer, clientId)
      const known = clients.get(key)
      if (known === undefined) makeRoom()
      clients.set(key, Math.max(known ?? issuedUpTo, issuedUpTo))
    },
  }
}
