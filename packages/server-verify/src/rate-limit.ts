/** What a quota says about one request. */
export interface QuotaDecision {
  readonly allowed: boolean
  /** Requests per window. */
  readonly limit: number
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resetSeconds: number
  /** Length of the window in seconds. */
  readonly windowSeconds: number
}

/** Whose quota is used. */
export interface QuotaSubject {
  readonly partnerId: string
  readonly keyId: string
}

/** Counts verified requests. */
export interface RateLimit {
  consume(subject: QuotaSubject): QuotaDecision | Promise<QuotaDecision>
  /** Gives back what `consume` took: the request turned out to be a replay. */
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
  const headers = new Map([
    ['ratelimit-policy', `"partner";q=${quota.limit};w=${quota.windowSeconds}`],
    ['ratelimit', `"partner";r=${quota.remaining};t=${quota.resetSeconds}`],
  ])
  if (!quota.allowed) headers.set('retry-after', String(Math.max(1, quota.resetSeconds)))
  return headers
}
