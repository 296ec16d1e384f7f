import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { QuotaDecision, QuotaSubject, RateLimit } from '../rate-limit.js'

/** A quota per partner: all key ids of a partner share it. */
export interface MemoryRateLimitOptions {
  /** Requests per window. Default 6000. */
  readonly requests?: number | undefined
  /** Default 60. */
  readonly windowSeconds?: number | undefined
}

/**
 * Makes a quota in the process's memory, fixed windows.
 *
 * @example
 * ```ts
 * import { createMemoryRateLimit } from '@countersign/server-verify'
 *
 * const quota = await createMemoryRateLimit({ requests: 10 }).consume({ partnerId: 'acme', keyId: 'acme_2026_a' })
 * console.log(quota.remaining) // 9
 * ```
 */
export function createMemoryRateLimit(options: MemoryRateLimitOptions = {}): RateLimit {
  const limit = options.requests ?? 6000
  const windowSeconds = options.windowSeconds ?? 60
  const limiter = new RateLimiterMemory({ points: limit, duration: windowSeconds })

  const toDecision = (result: RateLimiterRes, allowed: boolean): QuotaDecision => ({
    allowed,
    limit,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: Math.max(0, Math.ceil(result.msBeforeNext / 1000)),
    windowSeconds,
  })

  return {
    async consume({ partnerId }: QuotaSubject) {
      try {
        return toDecision(await limiter.consume(partnerId), true)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        // The library counts refused requests too; given back, so that a later refund cannot open the gate late.
        await limiter.reward(partnerId)
        return toDecision(refusal, false)
      }
    },
    async refund({ partnerId }: QuotaSubject) {
      await limiter.reward(partnerId)
    },
  }
}
