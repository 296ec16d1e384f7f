import { parseRetryAfter } from './retry-after.js'

/** When and how often to try again. */
export interface RetryOptions {
  /** All attempts, the first included. Default 8. 1 means: never again. */
  readonly maxAttempts?: number | undefined
  /** Upper bound of the first pause; doubles with every attempt. Default 500. */
  readonly baseDelayMs?: number | undefined
  /** Upper bound of every pause that is not the server's wish. Default 60,000. */
  readonly maxDelayMs?: number | undefined
  /** A server that asks for a longer pause is not waited for; the error carries `retryAfterMs`. Default 300,000. */
  readonly maxRetryAfterMs?: number | undefined
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

export type RetryPolicy = { readonly [Name in keyof RetryOptions]-?: NonNullable<RetryOptions[Name]> }

/** How an attempt ended, as far as trying again depends on it. */
export interface AttemptOutcome {
  /** HTTP status; undefined when no answer came. */
  readonly status?: number | undefined
  /** For an answer: the problem's `retryable`. Without one: whether the failure may pass. */
  readonly retryable: boolean
  /** The raw header. */
  readonly retryAfter?: string | undefined
  /** The same, when it is known in milliseconds. */
  readonly waitMs?: number | undefined
  /** The request may be carried out twice without harm. Otherwise only what certainly was not carried out is repeated. */
  readonly repeatable: boolean
  /** The request certainly did not reach the server. */
  readonly notSent?: boolean | undefined
}

export type RetryDecision =
  | { readonly delayMs: number }
  | {
      readonly stop: 'final' | 'attempts_used_up' | 'retry_after_too_long'
      readonly retryAfterMs?: number | undefined
    }

const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
// The server says itself that it did nothing.
const NOT_CARRIED_OUT: ReadonlySet<number> = new Set([425, 429])

export function createRetryPolicy(options: RetryOptions = {}): RetryPolicy {
  return {
    maxAttempts: options.maxAttempts ?? 8,
    baseDelayMs: options.baseDelayMs ?? 500,
    maxDelayMs: options.maxDelayMs ?? 60_000,
    maxRetryAfterMs: options.maxRetryAfterMs ?? 300_000,
    random: options.random ?? Math.random,
  }
}

/** Whether an answer or its absence is a passing failure, attempts apart. */
export function isTransient(outcome: AttemptOutcome): boolean {
  const { status, retryable, repeatable } = outcome
  if (status === undefined) return retryable && (repeatable || outcome.notSent === true)
  if (retryable || NOT_CARRIED_OUT.has(status)) return true
  return repeatable && TRANSIENT.has(status)
}

/**
 * Whether and when to try again. Pure but for `policy.random`.
 *
 * The pause is drawn from 0 to `baseDelayMs · 2^(attempt − 1)`, at most `maxDelayMs` ("full jitter": clients that failed
 * together do not come back together). A readable Retry-After replaces it.
 *
 * @param attempt number of the attempt that ended so, from 1
 * @param now milliseconds since 1970-01-01T00:00:00Z
 */
export function decideRetry(
  policy: RetryPolicy,
  attempt: number,
  outcome: AttemptOutcome,
  now: number,
): RetryDecision {
  if (!isTransient(outcome)) return { stop: 'final' }
  const retryAfterMs = outcome.waitMs ?? parseRetryAfter(outcome.retryAfter, now)
  if (attempt >= policy.maxAttempts) return { stop: 'attempts_used_up', retryAfterMs }
  if (retryAfterMs !== undefined && retryAfterMs > policy.maxRetryAfterMs)
    return { stop: 'retry_after_too_long', retryAfterMs }
  if (retryAfterMs !== undefined) return { delayMs: retryAfterMs }
  const ceiling = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1))
  return { delayMs: policy.random() * ceiling }
}
