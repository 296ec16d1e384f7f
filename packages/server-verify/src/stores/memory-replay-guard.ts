import { DependencyError } from '../errors.js'
import type { ReplayClaim, ReplayGuard } from '../replay-guard.js'
import { type Namespace, ReplayNamespaces } from './replay-namespaces.js'
import { ReplaySnapshot } from './replay-snapshot.js'
import { ReplayTable } from './replay-table.js'

/** How much a guard in memory remembers. */
export interface MemoryReplayGuardOptions {
  /** Live claims at most, 31 bytes each, all set aside at the start. Default 1,000,000: 1,600 requests/s for 600 s. */
  readonly maxEntries?: number | undefined
  /** The part of them that one partner may hold, 0 to 1. Default 0.5. */
  readonly maxPartnerShare?: number | undefined
  /**
   * A file that this process alone writes; `….old` beside it is used too. With it a restart forgets nothing. Without
   * it requests that an earlier process may have accepted are answered 503 `replay_guard_warming`.
   */
  readonly snapshotFile?: string | undefined
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A guard for one process. */
export interface MemoryReplayGuard extends ReplayGuard {
  /** Slots in use: live claims, and expired ones that were not swept yet. */
  readonly size: number
  has(claim: ReplayClaim): boolean
  claim(claim: ReplayClaim): boolean
  /** Closes the snapshot file. */
  close(): void
}

/** Every claim looks at so many slots for expired ones, so that no single one has to look at all. */
const SWEEP_SLOTS = 8
/** When there is no room left, one claim may look further: well below a millisecond. */
const SWEEP_WHEN_FULL = 32_768

/**
 * Makes a guard in memory: fixed size, never drops a live claim, answers at once (so two claims of one request cannot
 * both win). For one process; several need a shared store.
 *
 * @throws RangeError for a size or share that makes no sense; what `fs` throws for the snapshot file
 *
 * @example
 * ```ts
 * import { createMemoryReplayGuard } from '@countersign/server-verify'
 *
 * const guard = createMemoryReplayGuard({ maxEntries: 10_000 })
 * console.log(guard.size) // 0
 * ```
 */
export function createMemoryReplayGuard(options: MemoryReplayGuardOptions = {}): MemoryReplayGuard {
  const { maxEntries = 1_000_000, maxPartnerShare = 0.5 } = options
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1 || maxEntries > 100_000_000)
    throw new RangeError('maxEntries must be an integer of 1 to 100,000,000.')
  if (!(maxPartnerShare > 0 && maxPartnerShare <= 1))
    throw new RangeError('maxPartnerShare must be above 0 and at most 1.')
  const maxOfPartner = Math.max(1, Math.floor(maxEntries * maxPartnerShare))
  return new MemoryGuard(maxEntries, maxOfPartner, options.snapshotFile, options.now ?? Date.now)
}

type OwnedId = Pick<ReplayClaim, 'partnerId' | 'keyId' | 'id'>

class MemoryGuard implements MemoryReplayGuard {
  readonly #namespaces = new ReplayNamespaces()
  readonly #table: ReplayTable
  readonly #maxEntries: number
  readonly #maxOfPartner: number
  readonly #snapshot: ReplaySnapshot | undefined
  readonly #unknownBefore: number
  readonly #now: () => number
  // Claims that ended up to here (seconds) may be forgotten already; only a clock set back makes it matter.
  #forgottenUntil = 0

  constructor(maxEntries: number, maxOfPartner: number, snapshotFile: string | undefined, now: () => number) {
    this.#maxEntries = maxEntries
    this.#maxOfPartner = maxOfPartner
    this.#now = now
    this.#table = new ReplayTable(maxEntries, owner => this.#namespaces.release(owner))
    const start = now()
    this.#snapshot =
      snapshotFile === undefined
        ? undefined
        : new ReplaySnapshot(snapshotFile, start, claim => {
            const seconds = Math.floor(start / 1000)
            const { expirySeconds } = claim
            const owner = this.#namespaces.find(claim.partnerId, claim.keyId)
            if (expirySeconds <= seconds || this.#table.has(claim.id, owner?.number ?? 0, seconds)) return
            this.#insert(claim, owner, expirySeconds, maxEntries, seconds)
          })
    this.#unknownBefore = this.#snapshot?.unknownBefore ?? start
  }

  get size(): number {
    return this.#table.used
  }

  has({ partnerId, keyId, id }: ReplayClaim): boolean {
    const owner = this.#namespaces.find(partnerId, keyId)
    return owner !== undefined && this.#table.has(id, owner.number, this.#seconds())
  }

  claim(claim: ReplayClaim): boolean {
    const { partnerId, keyId, id } = claim
    const seconds = this.#seconds()
    this.#table.sweep(SWEEP_SLOTS, seconds)
    const owner = this.#namespaces.find(partnerId, keyId)
    if (this.#table.has(id, owner?.number ?? 0, seconds)) return false
    const expirySeconds = Math.ceil(claim.expiresAt / 1000)
    this.#assertKnown(claim, expirySeconds)
    this.#insert(claim, owner, expirySeconds, this.#maxOfPartner, seconds)
    this.#snapshot?.append({ partnerId, keyId, id, expirySeconds }, seconds)
    return true
  }

  close(): void {
    this.#snapshot?.close()
  }

  #seconds(): number {
    const seconds = Math.floor(this.#now() / 1000)
    if (seconds > this.#forgottenUntil) this.#forgottenUntil = seconds
    return seconds
  }

  // Right after the table's `has` did not find the claim.
  #insert(
    claim: OwnedId,
    found: Namespace | undefined,
    expirySeconds: number,
    maxOfPartner: number,
    seconds: number,
  ): void {
    const { partnerId, keyId, id } = claim
    let namespace = found
    if (!this.#hasRoom(claim, namespace, maxOfPartner)) {
      this.#table.sweep(SWEEP_WHEN_FULL, seconds)
      // The sweep moves slots, and may have ended the namespace.
      namespace = this.#namespaces.find(partnerId, keyId)
      if (!this.#hasRoom(claim, namespace, maxOfPartner))
        throw new DependencyError('replay_guard_full', { dependency: 'replay guard', retryAfter: 5 })
      this.#table.has(id, 0, seconds)
    }
    this.#table.put(this.#namespaces.retain(namespace, partnerId, keyId), expirySeconds)
  }

  // What cannot be known is refused as "try again", never as a replay and never as a wrong clock.
  #assertKnown(claim: ReplayClaim, expirySeconds: number): void {
    const { timestamp, futureMs, credentialCreatedAt } = claim
    const knownFrom = this.#unknownBefore + futureMs
    if (!(timestamp > knownFrom) && !(credentialCreatedAt >= this.#unknownBefore))
      throw refuseUnknown(knownFrom - this.#now())
    if (!(expirySeconds > this.#forgottenUntil))
      throw refuseUnknown((this.#forgottenUntil - expirySeconds) * 1000)
  }

  #hasRoom({ partnerId }: OwnedId, namespace: Namespace | undefined, maxOfPartner: number): boolean {
    if (this.#table.used >= this.#maxEntries) return false
    return (namespace?.partner.claims ?? this.#namespaces.claimsOf(partnerId)) < maxOfPartner
  }
}

function refuseUnknown(waitMs: number): DependencyError {
  const retryAfter = Math.min(86_400, Math.max(1, Math.ceil(waitMs / 1000) + 1))
  return new DependencyError('replay_guard_warming', { dependency: 'replay guard', retryAfter })
}
