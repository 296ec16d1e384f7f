import { describe, expect, it } from 'vitest'
import type { QuotaDecision, RateLimit } from './rate-limit.js'
import type { ReplayClaim, ReplayGuard } from './replay-guard.js'
import { claimOrRefund, consumeQuota, refuseKnownReplay } from './single-use.js'

const claim: ReplayClaim = {
  ...{ partnerId: 'acme', keyId: 'acme_2026_a', id: new Uint8Array(16), timestamp: 1 },
  ...{ expiresAt: 2, futureMs: 0, credentialCreatedAt: 0 },
}
const guardOf = (answer: unknown): ReplayGuard => {
  const give = () => {
    if (answer instanceof Error) throw answer
    return answer as boolean
  }
  return { has: give, claim: give }
}
const quota: QuotaDecision = { allowed: true, limit: 2, remaining: 1, resetSeconds: 7, windowSeconds: 60 }
const limitOf = (decision: unknown): RateLimit & { readonly refunds: unknown[] } => {
  const refunds: unknown[] = []
  return { refunds, consume: () => decision as QuotaDecision, refund: subject => void refunds.push(subject) }
}
const replayed = expect.objectContaining({ code: 'request_replayed' })
const UNCLEAR = [undefined, null, 0, 1, 'yes', {}]

describe('refuseKnownReplay', () => {
  it('lets pass on a clear no, early or late', async () => {
    await expect(refuseKnownReplay(guardOf(false), claim)).resolves.toBeUndefined()
    await expect(refuseKnownReplay(guardOf(Promise.resolve(false)), claim)).resolves.toBeUndefined()
  })

  it.each([true, Promise.resolve(true), ...UNCLEAR])('%j refuses', async answer => {
    await expect(refuseKnownReplay(guardOf(answer), claim)).rejects.toEqual(replayed)
  })
})

describe('consumeQuota', () => {
  it('returns the decision', async () => {
    expect(await consumeQuota(limitOf(quota), claim)).toBe(quota)
  })

  it.each([
    [7, '7', 7],
    [0, '1', 1],
  ])('refused with %d s to go: Retry-After %s', async (resetSeconds, header, retryAfter) => {
    const refused = { ...quota, allowed: false, remaining: 0, resetSeconds }
    const error: unknown = await consumeQuota(limitOf(refused), claim).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'rate_limited', retryAfter })
    expect([...(error as { headers: Map<string, string> }).headers]).toEqual([
      ['ratelimit-policy', '"partner";q=2;w=60'],
      ['ratelimit', `"partner";r=0;t=${resetSeconds}`],
      ['retry-after', header],
    ])
  })

  it.each(UNCLEAR)('allowed: %j is no permission', async allowed => {
    await expect(consumeQuota(limitOf({ ...quota, allowed }), claim)).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })
})

const subject = { partnerId: 'acme', keyId: 'acme_2026_a' }

describe('claimOrRefund', () => {
  it('answers at once when the guard does', () => {
    expect(claimOrRefund(guardOf(true), claim, undefined, subject)).toBeUndefined()
  })

  it('waits for a guard that does not', async () => {
    await expect(
      claimOrRefund(guardOf(Promise.resolve(true)), claim, undefined, subject),
    ).resolves.toBeUndefined()
  })

  it('a claim that is won keeps its quota', async () => {
    const limit = limitOf(quota)
    await expect(claimOrRefund(guardOf(true), claim, limit, subject)).resolves.toBeUndefined()
    expect(limit.refunds).toEqual([])
  })

  it.each([false, Promise.resolve(false), ...UNCLEAR])(
    '%j is a claim that is lost, and gives back',
    async answer => {
      const limit = limitOf(quota)
      await expect(claimOrRefund(guardOf(answer), claim, undefined, subject)).rejects.toEqual(replayed)
      await expect(claimOrRefund(guardOf(answer), claim, limit, subject)).rejects.toEqual(replayed)
      expect(limit.refunds).toEqual([subject])
    },
  )

  it('a guard that fails gives back, and its own error is the answer', async () => {
    const limit = limitOf(quota)
    const down = new Error('down')
    expect(() => claimOrRefund(guardOf(down), claim, undefined, subject)).toThrow(down)
    await expect(claimOrRefund(guardOf(down), claim, limit, subject)).rejects.toBe(down)
    expect(limit.refunds).toEqual([subject])
  })

  it('waits for the refund', async () => {
    const order: string[] = []
    const slow: RateLimit = {
      consume: () => quota,
      refund: async () => {
        await Promise.resolve()
        order.push('refunded')
      },
    }
    await expect(claimOrRefund(guardOf(false), claim, slow, subject)).rejects.toEqual(replayed)
    expect([...order, 'answered']).toEqual(['refunded', 'answered'])
  })
})
