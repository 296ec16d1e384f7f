import type { ConcurrencyLimit, Lease } from '../concurrency-limit.js'
import { VerificationError } from '../errors.js'
import { assertCount } from '../quota-policy.js'
import type { QuotaSubject } from '../rate-limit.js'

/** How many requests may be under way at the same time. */
export interface ConcurrencyOptions {
  /** Of one partner. Default 64. */
  readonly perPartner?: number | undefined
  /** Of one key id. Default: as many as of its partner. */
  readonly perKey?: number | undefined
  /** After so long a lease ends that nobody gave back; longer than any request takes. Default 60. */
  readonly leaseSeconds?: number | undefined
}

/** How a concurrency limit in memory is set up. */
export interface MemoryConcurrencyLimitOptions extends ConcurrencyOptions {
  /** The clock, ms since epoch. Default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/**
 * Makes a concurrency limit for one process.
 *
 * @throws RangeError a number that makes no sense
 *
 * @example
 * ```ts
 * import { createMemoryConcurrencyLimit } from '@countersign/server-verify'
 *
 * const concurrency = createMemoryConcurrencyLimit({ perPartner: 2 })
 * const lease = await concurrency.acquire({ partnerId: 'acme', keyId: 'acme_2026_a' })
 * await lease.release()
 * ```
 */
export function createMemoryConcurrencyLimit(options: MemoryConcurrencyLimitOptions = {}): ConcurrencyLimit {
  const { perPartner, perKey, leaseSeconds } = resolveConcurrency(options)
  const { now = Date.now } = options
  const held = new Map<string, Map<object, number>>()

  return {
    acquire(subject: QuotaSubject): Lease {
      const time = now()
      const limits = [[JSON.stringify([subject.partnerId]), perPartner]] as [string, number][]
      if (perKey !== undefined) limits.push([JSON.stringify([subject.partnerId, subject.keyId]), perKey])
      for (const [name, limit] of limits) if (countLive(held, name, time) >= limit) throw refuseConcurrent()
      const lease: Lease = {
        release() {
          for (const [name] of limits) giveBack(held, name, lease)
        },
      }
      for (const [name] of limits) {
        const leases = held.get(name) ?? new Map<object, number>()
        held.set(name, leases.set(lease, time + leaseSeconds * 1000))
      }
      return lease
    },
  }
}

/** Numbers with their defaults. @throws RangeError */
export function resolveConcurrency({ perPartner = 64, perKey, leaseSeconds = 60 }: ConcurrencyOptions): {
  readonly perPartner: number
  readonly perKey: number | undefined
  readonly leaseSeconds: number
} {
  assertCount('perPartner', perPartner, 100_000)
  if (perKey !== undefined) assertCount('perKey', perKey, 100_000)
  assertCount('leaseSeconds', leaseSeconds, 86_400)
  return { perPartner, perKey, leaseSeconds }
}

/** The refusal of a request that is one too many. */
export function refuseConcurrent(): VerificationError {
  return new VerificationError('concurrency_limited', { retryAfter: 1 })
}

// Leases are in the order of their ends: all last equally long.
function countLive(held: Map<string, Map<object, number>>, name: string, time: number): number {
  const leases = held.get(name)
  if (leases === undefined) return 0
  for (const [lease, endsAt] of leases) {
    if (endsAt > time) break
    giveBack(held, name, lease)
  }
  return leases.size
}

function giveBack(held: Map<string, Map<object, number>>, name: string, lease: object): void {
  const leases = held.get(name)
  leases?.delete(lease)
  if (leases?.size === 0) held.delete(name)
}
