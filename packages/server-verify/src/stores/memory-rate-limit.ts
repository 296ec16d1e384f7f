import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { QuotaPolicy } from '../quota-policy.js'
import type { RateLimit } from '../rate-limit.js'
import { LayeredQuota } from './layered-quota.js'

/** One quota per partner, which all its key ids share, or several limits. */
export interface MemoryRateLimitOptions {
  /** Requests per window. Default 6000. */
  readonly requests?: number | undefined
  /** Default 60. */
  readonly windowSeconds?: number | undefined
  /** Instead of the two above: limits that all apply, such as a burst, a sustained rate and one for a costly route. */
  readonly policies?: readonly QuotaPolicy[] | undefined
}

/**
 * Makes a quota in the process's memory, fixed windows.
 *
 * @throws TypeError, RangeError policies that make no sense
 *
 * @example
 * ```ts
 * import { createMemoryRateLimit } from '@countersign/server-verify'
 *
 * const rateLimit = createMemoryRateLimit({
 *   policies: [
 *     { name: 'burst', per: 'key', requests: 50, windowSeconds: 1 },
 *     { name: 'sustained', per: 'partner', requests: 6000, windowSeconds: 600 },
 *   ],
 * })
 * const quota = await rateLimit.consume({ partnerId: 'acme', keyId: 'acme_2026_a' })
 * console.log(quota.allowed, quota.limit, quota.remaining) // true 50 49
 * ```
 */
export function createMemoryRateLimit(options: MemoryRateLimitOptions = {}): RateLimit {
  return new LayeredQuota(resolvePolicies(options), ({ name, requests, windowSeconds }) => ({
    limiter: new RateLimiterMemory({ keyPrefix: name, points: requests, duration: windowSeconds }),
    countsRefused: true,
  }))
}

/** The policies that the options stand for. */
export function resolvePolicies(options: MemoryRateLimitOptions): readonly QuotaPolicy[] {
  const { policies, requests = 6000, windowSeconds = 60 } = options
  return policies ?? [{ name: 'partner', per: 'partner', requests, windowSeconds }]
}
