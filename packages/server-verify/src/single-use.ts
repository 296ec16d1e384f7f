import { VerificationError } from './errors.js'
import { formatQuotaHeaders, type QuotaDecision, type QuotaSubject, type RateLimit } from './rate-limit.js'
import type { ReplayClaim, ReplayGuard } from './replay-guard.js'

/**
 * Look-up only, before the quota: a known replay costs its sender no more than the 409. Without a quota the claim
 * itself says the same. Anything but a clear "no" refuses.
 *
 * @throws VerificationError `request_replayed`
 */
export async function refuseKnownReplay(guard: ReplayGuard, claim: ReplayClaim): Promise<void> {
  if ((await guard.has(claim)) !== false) throw new VerificationError('request_replayed')
}

/** @throws VerificationError `rate_limited`, with the quota's headers */
export async function consumeQuota(rateLimit: RateLimit, subject: QuotaSubject): Promise<QuotaDecision> {
  const quota = await rateLimit.consume(subject)
  if (quota.allowed === true) return quota
  const error = new VerificationError('rate_limited', { retryAfter: Math.max(1, quota.resetSeconds) })
  error.headers = formatQuotaHeaders(quota)
  throw error
}

/**
 * The atomic claim, last of all. A claim that is lost, or cannot be made, gives the quota back.
 *
 * @returns at once when the guard answers at once
 * @throws VerificationError `request_replayed`
 * @throws DependencyError as the guard
 */
export function claimOrRefund(
  guard: ReplayGuard,
  claim: ReplayClaim,
  rateLimit: RateLimit | undefined,
  subject: QuotaSubject,
): void | Promise<void> {
  if (rateLimit !== undefined) return claimWithQuota(guard, claim, rateLimit, subject)
  const won = guard.claim(claim)
  if (won === true) return
  return assertWon(won)
}

async function claimWithQuota(
  guard: ReplayGuard,
  claim: ReplayClaim,
  rateLimit: RateLimit,
  subject: QuotaSubject,
): Promise<void> {
  let won = false
  try {
    won = (await guard.claim(claim)) === true
  } finally {
    if (!won) await rateLimit.refund(subject)
  }
  await assertWon(won)
}

async function assertWon(won: boolean | Promise<boolean>): Promise<void> {
  if ((await won) !== true) throw new VerificationError('request_replayed')
}
