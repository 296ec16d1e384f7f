import { VerificationError } from './errors.js'

/** The window around the server's clock in which a signed time is accepted (`spec/partner-signing.md` §10). */
export interface Freshness {
  /** Default 300. */
  readonly pastSeconds: number
  /** Default 300. */
  readonly futureSeconds: number
}

export const DEFAULT_FRESHNESS: Freshness = { pastSeconds: 300, futureSeconds: 300 }

/** Written so that NaN, on either side, is not fresh. Both ends belong to the window. */
export function isFresh(timestamp: number, freshness: Freshness, now: number): boolean {
  return now - freshness.pastSeconds * 1000 <= timestamp && timestamp <= now + freshness.futureSeconds * 1000
}

/**
 * Call only after the MAC was verified: the answer carries the server's time.
 *
 * @throws VerificationError `clock_skew`
 */
export function assertFresh(timestamp: number, freshness: Freshness, now: number): void {
  if (isFresh(timestamp, freshness, now)) return
  const side = timestamp > now ? 'ahead of' : 'behind'
  const seconds = Math.round(Math.abs(timestamp - now) / 1000)
  const error = new VerificationError('clock_skew', {
    part: 'timestamp',
    message: `The signed time is ${seconds} s ${side} the server's clock; ${freshness.pastSeconds} s behind and ${freshness.futureSeconds} s ahead are accepted. Set the clock, or correct by the Date header of this answer, and sign again.`,
  })
  error.serverTimeMs = now
  throw error
}

/** @throws RangeError a mistake in configuration */
export function assertFreshness(freshness: Freshness): Freshness {
  const { pastSeconds, futureSeconds } = freshness
  const sound = (seconds: number): boolean => Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400
  if (!sound(pastSeconds) || !sound(futureSeconds))
    throw new RangeError('freshness: pastSeconds and futureSeconds must be 0 to 86400 seconds.')
  return freshness
}
