/** Where one of several limits stands. */
export interface QuotaState {
  /** As it stands in the `RateLimit` header: lower-case letters, digits, `_`, `-`. */
  readonly name: string
  /** Requests per window. */
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resetSeconds: number
  /** Length of the window in seconds. */
  readonly windowSeconds: number
}

/** What a quota says about one request. The numbers are those of the limit that is closest to its end. */
export interface QuotaDecision {
  readonly allowed: boolean
  /** Requests per window. */
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resetSeconds: number
  /** Length of the window in seconds. */
  readonly windowSeconds: number
  /** Every limit that applies; absent: the one above, by the name `partner`. */
  readonly states?: readonly QuotaState[] | undefined
}

/** Whose quota is used. */
export interface QuotaSubject {
  readonly partnerId: string
  readonly keyId: string
  /** The `route` of the requirement. */
  readonly route?: string | undefined
}

/** Counts verified requests. */
export interface RateLimit {
  consume(subject: QuotaSubject): QuotaDecision | Promise<QuotaDecision>
  /**
   * Gives back what `consume` took: the request turned out to be a replay, or could not be claimed. To be called with
   * the very object that `consume` was given.
   */
  refund(subject: QuotaSubject): void | Promise<void>
}

/**
 * The response headers of a quota: `ratelimit`, `ratelimit-policy` and, when refused, `retry-after`.
 *
 * @example
 * ```ts
 * import { formatQuotaHeaders } from '@countersign/server-verify'
 *
 * const quota = { allowed: true, limit: 600, remaining: 599, resetSeconds: 60, windowSeconds: 60 }
 * console.log(formatQuotaHeaders(quota).get('ratelimit')) // "partner";r=599;t=60
 * ```
 */
export function formatQuotaHeaders(quota: QuotaDecision): ReadonlyMap<string, string> {
  const states = quota.states ?? [{ ...quota, name: 'partner' }]
  const headers = new Map([
    [
      'ratelimit-policy',
      states.map(({ name, limit, windowSeconds }) => `"${name}";q=${limit};w=${windowSeconds}`).join(', '),
    ],
    [
      'ratelimit',
      states
        .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
        .join(', '),
    ],
  ])
  if (!quota.allowed) headers.set('retry-after', String(Math.max(1, quota.resetSeconds)))
  return headers
}
