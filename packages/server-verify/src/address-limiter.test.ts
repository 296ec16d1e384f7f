import { describe, expect, it } from 'vitest'
import { AddressLimiter } from './address-limiter.js'
import { parseIpAddress } from './ip-address.js'

const ip = (text: string): Uint8Array => parseIpAddress(text)!
const NOW = 1_800_000_000_000

describe('AddressLimiter', () => {
  it('counts by window and says how long to wait', () => {
    const limiter = new AddressLimiter({ failures: 2, windowSeconds: 60 })
    limiter.charge(ip('192.0.2.1'), NOW)
    limiter.charge(ip('192.0.2.1'), NOW + 59_000)
    expect(() => limiter.charge(ip('192.0.2.1'), NOW + 45_500)).toThrow(
      expect.objectContaining({ code: 'rate_limited', retryAfter: 15, detail: 'address_limited' }),
    )
    limiter.charge(ip('192.0.2.1'), NOW + 60_000)
  })

  it('a refund takes back one charge and no more', () => {
    const limiter = new AddressLimiter({ failures: 1 })
    const slot = limiter.charge(ip('192.0.2.1'), NOW)
    limiter.refund(slot)
    limiter.refund(slot)
    limiter.charge(ip('192.0.2.1'), NOW)
    expect(() => limiter.charge(ip('192.0.2.1'), NOW)).toThrow()
  })

  it('a flood from many addresses neither grows the table nor lets its worst member go', () => {
    const limiter = new AddressLimiter({ failures: 50, addresses: 64 })
    const worst = ip('203.0.113.9')
    for (let i = 0; i < 50; i++) limiter.charge(worst, NOW)
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 5000; i++) {
      const other = new Uint8Array(16)
      new DataView(other.buffer).setUint32(4, i)
      limiter.charge(other, NOW)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
    expect(() => limiter.charge(worst, NOW)).toThrow()
  })
})
