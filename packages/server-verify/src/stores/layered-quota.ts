import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { assertQuotaPolicies, type QuotaPolicy, quotaKey } from '../quota-policy.js'
import type { QuotaDecision, QuotaState, QuotaSubject, RateLimit } from '../rate-limit.js'

/** Where one policy counts. */
export interface QuotaCounter {
  readonly limiter: RateLimiterAbstract
  /** Does it count requests that it refuses? They are given back then, so that a refund cannot open the gate late. */
  readonly countsRefused: boolean
}

interface Taken {
  readonly allowed: boolean
  readonly state: QuotaState
  giveBack(): Promise<unknown>
}

/** Several limits as one: a request is taken by all that apply to it, or by none. */
export class LayeredQuota implements RateLimit {
  readonly #layers: readonly { readonly policy: QuotaPolicy; readonly counter: QuotaCounter }[]

  constructor(policies: readonly QuotaPolicy[], createCounter: (policy: QuotaPolicy) => QuotaCounter) {
    assertQuotaPolicies(policies)
    this.#layers = policies.map(policy => ({ policy, counter: createCounter(policy) }))
  }

  async consume(subject: QuotaSubject): Promise<QuotaDecision> {
    const taken = await Promise.all(this.#applying(subject).map(take))
    const refused = taken.filter(({ allowed }) => !allowed)
    if (refused.length > 0) await Promise.all(taken.map(one => one.giveBack()))
    const states = taken.map(({ state }) => state)
    return { ...findTightest(refused.length > 0 ? refused : taken), allowed: refused.length === 0, states }
  }

  async refund(subject: QuotaSubject): Promise<void> {
    await Promise.all(this.#applying(subject).map(({ counter, key }) => giveBack(counter, key)))
  }

  #applying(subject: QuotaSubject): Applying[] {
    return this.#layers.flatMap(({ policy, counter }) => {
      const key = quotaKey(policy, subject)
      return key === undefined ? [] : [{ policy, counter, key }]
    })
  }
}

interface Applying {
  readonly policy: QuotaPolicy
  readonly counter: QuotaCounter
  readonly key: string
}

async function take({ policy, counter, key }: Applying): Promise<Taken> {
  const { result, allowed } = await consumeOne(counter.limiter, key)
  return {
    allowed,
    state: {
      name: policy.name,
      limit: policy.requests,
      remaining: Math.max(0, result.remainingPoints),
      resetSeconds: Math.max(0, Math.ceil(result.msBeforeNext / 1000)),
      windowSeconds: policy.windowSeconds,
    },
    giveBack: async () => {
      if (allowed || counter.countsRefused) await counter.limiter.reward(key)
    },
  }
}

async function consumeOne(
  limiter: RateLimiterAbstract,
  key: string,
): Promise<{ readonly result: RateLimiterRes; readonly allowed: boolean }> {
  try {
    return { result: await limiter.consume(key), allowed: true }
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    return { result: refusal, allowed: false }
  }
}

// A window that has ended has nothing to give back: it would begin the next one below zero.
async function giveBack({ limiter, countsRefused }: QuotaCounter, key: string): Promise<void> {
  if (countsRefused && !((await limiter.get(key))?.consumedPoints ?? 0)) return
  await limiter.reward(key)
}

// Of refusals the one that lasts longest, else the limit with the smallest part left.
function findTightest(taken: readonly Taken[]): QuotaState {
  const [first, ...others] = taken.map(({ state }) => state)
  return others.reduce((tightest, state) => {
    const difference = state.remaining / state.limit - tightest.remaining / tightest.limit
    if (difference !== 0) return difference < 0 ? state : tightest
    return state.resetSeconds > tightest.resetSeconds ? state : tightest
  }, first!)
}
