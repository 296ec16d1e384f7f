/** When a client stops asking a server that does not work. */
export interface CircuitBreakerOptions {
  /** Failures in a row, over all requests of the client. Default 20. */
  readonly failures?: number | undefined
  /** How long nothing is sent then; after that one request goes ahead of the others. Default 5,000. */
  readonly openMs?: number | undefined
}

/** `good`: the server works, whatever it said. `bad`: it does not. `unknown`: the caller left before that was known. */
export type BreakerOutcome = 'good' | 'bad' | 'unknown'

export type Admission =
  /** Send it, and say how it went: exactly once. */
  { readonly settle: (outcome: BreakerOutcome) => BreakerChange | undefined } | { readonly waitMs: number }

/** What an outcome did to the breaker. */
export type BreakerChange =
  | { readonly opened: { readonly failures: number; readonly openMs: number } }
  | 'closed'

/** How long those wait who come while one request goes ahead. */
const BEHIND_TRIAL_MS = 250

/**
 * Counts failures in a row. After too many nothing is sent for a while: a server that is down is not helped by more
 * requests, and a caller is not helped by waiting for each of them. Times are of a monotonic clock.
 */
export class CircuitBreaker {
  readonly #maxFailures: number
  readonly #openMs: number
  readonly #now: () => number
  #failures = 0
  #openUntil: number | undefined
  #isTrying = false

  constructor(options: CircuitBreakerOptions, now: () => number) {
    this.#maxFailures = options.failures ?? 20
    this.#openMs = options.openMs ?? 5000
    this.#now = now
  }

  enter(): Admission {
    if (this.#openUntil === undefined) return { settle: outcome => this.#settle(outcome) }
    const waitMs = this.#openUntil - this.#now()
    if (waitMs > 0) return { waitMs }
    if (this.#isTrying) return { waitMs: BEHIND_TRIAL_MS }
    this.#isTrying = true
    return {
      settle: outcome => {
        this.#isTrying = false
        return this.#settle(outcome, true)
      },
    }
  }

  #settle(outcome: BreakerOutcome, isTrial = false): BreakerChange | undefined {
    if (outcome === 'unknown') return undefined
    if (outcome === 'good') {
      this.#failures = 0
      if (this.#openUntil === undefined) return undefined
      this.#openUntil = undefined
      return 'closed'
    }
    this.#failures++
    // What was under way when it opened and fails now is no news.
    if (!isTrial && (this.#openUntil !== undefined || this.#failures < this.#maxFailures)) return undefined
    this.#openUntil = this.#now() + this.#openMs
    return { opened: { failures: this.#failures, openMs: this.#openMs } }
  }
}
