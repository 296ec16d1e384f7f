import { PartnerError, ServiceUnavailableError } from './errors.js'

const PERMANENT_MS = 60_000
const BASE_MS = 500
const MAX_MS = 30_000
const MAX_RETRY_AFTER_MS = 3_600_000

/** A failed token request is remembered: for a while nobody asks again. Times are of the monotonic clock. */
export class TokenFailure {
  readonly #error: unknown
  readonly #until: number
  /** In a row. */
  readonly count: number

  constructor(error: unknown, before: TokenFailure | undefined, now: number, random: () => number) {
    this.#error = error
    this.count = (before?.count ?? 0) + 1
    this.#until = now + pauseOf(error, this.count, random)
  }

  isOver(now: number): boolean {
    return now >= this.#until
  }

  /** What to throw at somebody who comes in the meantime: the same error, and how long to stay away. */
  describe(now: number): unknown {
    const error = this.#error
    if (!(error instanceof PartnerError) || !error.retryable) return error
    const { code, message, status, requestId } = error
    const retryAfterMs = Math.max(1, Math.ceil(this.#until - now))
    return new ServiceUnavailableError(code, message, {
      status,
      requestId,
      retryable: true,
      retryAfterMs,
      cause: error,
    })
  }
}

function pauseOf(error: unknown, count: number, random: () => number): number {
  if (!(error instanceof PartnerError) || !error.retryable) return PERMANENT_MS
  const backoff = Math.min(MAX_MS, BASE_MS * 2 ** (count - 1)) * (0.5 + 0.5 * random())
  return Math.max(backoff, Math.min(MAX_RETRY_AFTER_MS, error.retryAfterMs ?? 0))
}
