import { type Check, passed, skipped, warned } from './check.js'

/** What is left of the quota, as the platform's `RateLimit` field says it: `"orders";r=50;t=30`. */
export function checkQuota(headers: Readonly<Record<string, unknown>>): Check {
  const field = String(headers['ratelimit'] ?? '')
  const left = /;\s*r=(\d+)/.exec(field)?.[1]
  if (left === undefined) return skipped('quota', 'the platform told none')
  const seconds = /;\s*t=(\d+)/.exec(field)?.[1]
  const most = /;\s*q=(\d+)/.exec(String(headers['ratelimit-policy'] ?? ''))?.[1]
  const of = most === undefined ? '' : ` of ${most}`
  const renewed = seconds === undefined ? '' : `, renewed in ${seconds} s`
  const detail = `${left}${of} requests left${renewed}`
  return Number(left) === 0
    ? warned('quota', detail, 'wait, or push fewer at once: --rate 10/s; the platform can raise the quota')
    : passed('quota', detail)
}
