import { describe, expect, it } from 'vitest'
import { createMemoryConcurrencyLimit } from './memory-concurrency-limit.js'

const A = { partnerId: 'acme', keyId: 'key_a' }
const B = { partnerId: 'acme', keyId: 'key_b' }
const REFUSED = { code: 'concurrency_limited', status: 429, retryAfter: 1 }

describe('a concurrency limit in memory', () => {
  it('so many of a partner at once; each that is given back makes room for one', async () => {
    const limit = createMemoryConcurrencyLimit({ perPartner: 2 })
    const first = await limit.acquire(A)
    await limit.acquire(B)
    expect(() => limit.acquire(A)).toThrow(expect.objectContaining(REFUSED))
    await limit.acquire({ partnerId: 'other', keyId: 'key_c' })
    await first.release()
    await first.release()
    await limit.acquire(A)
    expect(() => limit.acquire(B)).toThrow(expect.objectContaining(REFUSED))
  })

  it('so many of a key id, and a refusal by one limit takes nothing from the other', async () => {
    const limit = createMemoryConcurrencyLimit({ perPartner: 2, perKey: 1 })
    const first = await limit.acquire(A)
    for (let n = 0; n < 3; n++) expect(() => limit.acquire(A)).toThrow(expect.objectContaining(REFUSED))
    await limit.acquire(B)
    await first.release()
    await limit.acquire(A)
  })

  it('a lease that is never given back ends by itself', async () => {
    let now = 1000
    const limit = createMemoryConcurrencyLimit({ perPartner: 2, leaseSeconds: 5, now: () => now })
    const lost = await limit.acquire(A)
    now += 3000
    await limit.acquire(A)
    now += 1999
    expect(() => limit.acquire(A)).toThrow(expect.objectContaining(REFUSED))
    now += 1
    await limit.acquire(A)
    // Late: its place is another one's now.
    await lost.release()
    expect(() => limit.acquire(A)).toThrow(expect.objectContaining(REFUSED))
  })

  it.each([{ perPartner: 0 }, { perKey: 1.5 }, { leaseSeconds: Number.NaN }])(
    '%o makes no sense',
    options => {
      expect(() => createMemoryConcurrencyLimit(options)).toThrow(RangeError)
    },
  )
})
