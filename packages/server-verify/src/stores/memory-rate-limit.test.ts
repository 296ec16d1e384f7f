import { describe, expect, it, vi } from 'vitest'
import type { QuotaPolicy } from '../quota-policy.js'
import { formatQuotaHeaders } from '../rate-limit.js'
import { createMemoryRateLimit } from './memory-rate-limit.js'

const A = { partnerId: 'acme', keyId: 'key_a' }
const B = { partnerId: 'acme', keyId: 'key_b' }
const OTHER = { partnerId: 'other', keyId: 'key_c' }
const BURST: QuotaPolicy = { name: 'burst', per: 'key', requests: 2, windowSeconds: 1 }
const SUSTAINED: QuotaPolicy = { name: 'sustained', per: 'partner', requests: 3, windowSeconds: 60 }

describe('several limits at once', () => {
  it('per key and per partner; a refused request takes nothing from any', async () => {
    const quota = createMemoryRateLimit({ policies: [BURST, SUSTAINED] })
    const of = async (subject: typeof A): Promise<unknown> => {
      const { allowed, states } = await quota.consume(subject)
      return [allowed, ...states!.map(({ remaining }) => remaining)]
    }
    expect(await of(A)).toEqual([true, 1, 2])
    expect(await of(A)).toEqual([true, 0, 1])
    for (let n = 0; n < 5; n++) expect(await of(A)).toEqual([false, 0, 0])
    expect(await of(B)).toEqual([true, 1, 0])
    for (let n = 0; n < 5; n++) expect(await of(B)).toEqual([false, 0, 0])
    expect(await of(OTHER)).toEqual([true, 1, 2])
    await quota.refund(B)
    expect(await of(B)).toEqual([true, 1, 0])
  })

  it('per route: only requests of that route count, and each partner for itself', async () => {
    const costly: QuotaPolicy = {
      name: 'costly',
      per: 'route',
      requests: 1,
      windowSeconds: 60,
      routes: ['r1', 'r2'],
    }
    const every: QuotaPolicy = { name: 'each-route', per: 'route', requests: 2, windowSeconds: 60 }
    const quota = createMemoryRateLimit({ policies: [{ ...SUSTAINED, requests: 100 }, costly, every] })
    const of = async (subject: typeof A, route?: string): Promise<unknown> => {
      const { allowed, states } = await quota.consume({ ...subject, route })
      return [allowed, states!.map(({ name }) => name).join(' ')]
    }
    expect(await of(A)).toEqual([true, 'sustained'])
    expect(await of(A, 'r1')).toEqual([true, 'sustained costly each-route'])
    expect(await of(B, 'r1')).toEqual([false, 'sustained costly each-route'])
    expect(await of(B, 'r2')).toEqual([true, 'sustained costly each-route'])
    expect(await of(OTHER, 'r1')).toEqual([true, 'sustained costly each-route'])
    expect(await of(A, 'r3')).toEqual([true, 'sustained each-route'])
    expect(await of(A, 'r3')).toEqual([true, 'sustained each-route'])
    expect(await of(A, 'r3')).toEqual([false, 'sustained each-route'])
  })

  it('the numbers are those of the limit that is closest to its end', async () => {
    const quota = createMemoryRateLimit({ policies: [{ ...BURST, requests: 100 }, SUSTAINED] })
    const first = await quota.consume(A)
    expect(first).toMatchObject({
      allowed: true,
      limit: 3,
      remaining: 2,
      windowSeconds: 60,
      resetSeconds: 60,
    })
    expect(Object.fromEntries(formatQuotaHeaders(first))).toEqual({
      'ratelimit-policy': '"burst";q=100;w=1, "sustained";q=3;w=60',
      ratelimit: '"burst";r=99;t=1, "sustained";r=2;t=60',
    })
  })

  it('of two refusals the one that lasts longer says when to come again', async () => {
    const quota = createMemoryRateLimit({
      policies: [
        { ...SUSTAINED, requests: 1 },
        { ...BURST, requests: 1 },
      ],
    })
    await quota.consume(A)
    const refused = await quota.consume(A)
    expect(refused).toMatchObject({ allowed: false, limit: 1, resetSeconds: 60 })
    expect(formatQuotaHeaders(refused).get('retry-after')).toBe('60')
  })

  it('a window that has ended has nothing to give back', async () => {
    vi.useFakeTimers({ now: Date.now() })
    try {
      const quota = createMemoryRateLimit({ requests: 2, windowSeconds: 1 })
      await quota.consume(A)
      vi.advanceTimersByTime(1001)
      for (let n = 0; n < 3; n++) await quota.refund(A)
      const allowed = await Promise.all([1, 2, 3].map(async () => (await quota.consume(A)).allowed))
      expect(allowed).toEqual([true, true, false])
    } finally {
      vi.useRealTimers()
    }
  })

  it('200 at once get as many as there are, no one more', async () => {
    const quota = createMemoryRateLimit({
      policies: [
        { ...BURST, requests: 50 },
        { ...SUSTAINED, requests: 70 },
      ],
    })
    const all = await Promise.all(Array.from({ length: 200 }, (_, n) => quota.consume(n % 2 ? A : B)))
    expect(all.filter(({ allowed }) => allowed).length).toBeLessThanOrEqual(70)
    expect(all.filter(({ allowed }) => allowed).length).toBeGreaterThan(0)
  })

  it.each<[string, readonly QuotaPolicy[]]>([
    ['no policy', []],
    ['a name twice', [BURST, { ...SUSTAINED, name: 'burst' }]],
    ['a name that a header cannot hold', [{ ...BURST, name: 'a"b' }]],
    ['no requests', [{ ...BURST, requests: 0 }]],
    ['half a second', [{ ...BURST, windowSeconds: 0.5 }]],
    ['NaN', [{ ...BURST, requests: Number.NaN }]],
    ['only some routes', [{ ...BURST, routes: ['r1'] }]],
    ['only per route', [{ ...BURST, per: 'route' }]],
  ])('%s: does not come into being', (_, policies) => {
    expect(() => createMemoryRateLimit({ policies })).toThrow(/quota policy|policy applies|policy must/)
  })
})

it('one quota per partner by default, as before', async () => {
  const decision = await createMemoryRateLimit().consume(A)
  expect(decision).toMatchObject({ allowed: true, limit: 6000, remaining: 5999, windowSeconds: 60 })
  expect(formatQuotaHeaders(decision).get('ratelimit')).toBe('"partner";r=5999;t=60')
})
