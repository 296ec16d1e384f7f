const IMF_FIXDATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-3][0-9] (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT$/

/**
 * Reads Retry-After (RFC 9110 §10.2.3): whole seconds or an HTTP date.
 *
 * @param now milliseconds since 1970-01-01T00:00:00Z, on the clock that the date is compared with
 * @returns milliseconds to wait; undefined when absent, garbage, negative, or a date that has passed
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^[0-9]{1,15}$/.test(text)) return Number(text) * 1000
  const moment = parseHttpDate(text)
  return moment !== undefined && moment > now ? moment - now : undefined
}

/** Reads an HTTP date in the one form that is still sent (RFC 9110 §5.6.7, IMF-fixdate). */
export function parseHttpDate(value: string | undefined): number | undefined {
  if (value === undefined || !IMF_FIXDATE.test(value)) return undefined
  const moment = Date.parse(value)
  return Number.isNaN(moment) ? undefined : moment
}
