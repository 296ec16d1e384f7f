import { VerificationError } from './errors.js'
import { formatQuotaHeaders, type QuotaDecision, type QuotaSubject, type RateLimit } from './rate-limit.js'
import type { ReplayClaim, ReplayGuard } from './replay-guard.js'
import type { VerificationAttempt } from './verification-attempt.js'

/**
 * Look-up only, before the quota: a known replay costs its sender nothing but the 409. Anything but a clear "no"
 * refuses.
 *
 * @throws VerificationError `request_replayed`
 */
export async function refuseKnownReplay(seen: boolean | Promise<boolean>): Promise<void> {
  if ((await seen) !== false) throw new VerificationError('request_replayed')
}

/** @throws VerificationError `rate_limited`, with the quota's headers */
export async function consumeQuota(
  rateLimit: RateLimit,
  subject: QuotaSubject,
  attempt: VerificationAttempt,
): Promise<QuotaDecision> {
  attempt.waitingFor = 'rate limit'
  const quota = await rateLimit.consume(subject)
  if (quota.allowed === true) return quota
  const error = new VerificationError('rate_limited', { retryAfter: Math.max(1, quota.resetSeconds) })
  error.headers = formatQuotaHeaders(quota)
  throw error
}

/**
 * The atomic claim, last of all. A claim that is lost, or cannot be made, gives the quota back.
 *
 * @throws VerificationError `request_replayed`
 * @throws DependencyError as the guard
 */
export async function claimOrRefund(
  guard: ReplayGuard,
  claim: ReplayClaim,
  rateLimit: RateLimit | undefined,
  attempt: VerificationAttempt,
): Promise<void> {
  let won = false
  attempt.waitingFor = 'replay guard'
  try {
    won = (await guard.claim(claim)) === true
  } finally {
    if (!won && rateLimit !== undefined) await rateLimit.refund(claim)
  }
  if (!won) throw new VerificationError('request_replayed')
}
