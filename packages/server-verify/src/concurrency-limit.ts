import type { QuotaSubject } from './rate-limit.js'

/** The right to be one of the requests that a partner has under way. */
export interface Lease {
  /**
   * Gives it back: once the answer was sent, whatever came of it. Never throws and never rejects; a second call does
   * nothing. A lease that is never released ends by itself, so a process that dies locks nobody out for long.
   */
  release(): void | Promise<void>
}

/** Bounds how many verified requests of one partner, and of one key id, are under way at the same time. */
export interface ConcurrencyLimit {
  /**
   * @throws VerificationError `concurrency_limited`
   * @throws DependencyError when a limit without a fallback cannot be asked
   */
  acquire(subject: QuotaSubject): Lease | Promise<Lease>
}
