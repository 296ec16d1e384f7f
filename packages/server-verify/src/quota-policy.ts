import type { QuotaSubject } from './rate-limit.js'

/** One of the limits of a quota. A request must fit into all that apply to it. */
export interface QuotaPolicy {
  /** As it stands in the `RateLimit` header: 1 to 32 of `a-z 0-9 _ -`. */
  readonly name: string
  /** Whose requests are counted together. `route`: those of one partner on one route. */
  readonly per: 'partner' | 'key' | 'route'
  /** Requests per window. */
  readonly requests: number
  /** Windows are fixed: each begins with its first request. */
  readonly windowSeconds: number
  /** Only requests of these routes (`route` of the requirement) count. Default: all. */
  readonly routes?: readonly string[] | undefined
}

const NAME = /^[a-z0-9_-]{1,32}$/
const MAX_REQUESTS = 1_000_000_000
const MAX_WINDOW_SECONDS = 31 * 86_400

/**
 * @throws TypeError a name that is malformed or stands twice, or no limit that applies to every request
 * @throws RangeError a number that makes no sense
 */
export function assertQuotaPolicies(policies: readonly QuotaPolicy[]): void {
  const names = new Set<string>()
  for (const { name, requests, windowSeconds } of policies) {
    if (!NAME.test(name) || names.has(name))
      throw new TypeError(
        `A quota policy needs a name of its own of a-z 0-9 _ -, not ${JSON.stringify(name)}.`,
      )
    names.add(name)
    assertCount(`requests of the quota policy ${name}`, requests, MAX_REQUESTS)
    assertCount(`windowSeconds of the quota policy ${name}`, windowSeconds, MAX_WINDOW_SECONDS)
  }
  if (!policies.some(({ per, routes }) => per !== 'route' && routes === undefined))
    throw new TypeError(
      'At least one quota policy must apply to every request: per partner or key, without routes.',
    )
}

/** Under what the request is counted; `undefined`: not at all. */
export function quotaKey({ per, routes }: QuotaPolicy, subject: QuotaSubject): string | undefined {
  const { partnerId, keyId, route } = subject
  if (routes !== undefined && (route === undefined || !routes.includes(route))) return undefined
  if (per === 'partner') return JSON.stringify([partnerId])
  if (per === 'key') return JSON.stringify([partnerId, keyId])
  return route === undefined ? undefined : JSON.stringify([partnerId, route])
}

/** @throws RangeError */
export function assertCount(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return
  throw new RangeError(`${name} must be an integer of 1 to ${most.toLocaleString('en')}.`)
}
