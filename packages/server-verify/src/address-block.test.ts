import { describe, expect, it } from 'vitest'
import { type AddressBlockOptions, createAddressBlock } from './address-block.js'
import type { AuditBlockEvent } from './audit-event.js'
import { parseIpAddress } from './ip-address.js'

const ip = (text: string): Uint8Array => parseIpAddress(text)!
// The start of a window of 300 s.
const START = 1_799_999_700_000

const open = (options: AddressBlockOptions = {}) => {
  const clock = { now: START }
  const events: AuditBlockEvent[] = []
  const block = createAddressBlock({ failures: 3, now: () => clock.now, ...options })
  block.onChange(event => events.push(event))
  const fail = (address: string, times: number): void => {
    for (let i = 0; i < times; i++) block.failed(ip(address))
  }
  const isBlocked = (address: string): boolean => {
    try {
      block.assertNotBlocked(ip(address))
      return false
    } catch (error) {
      expect(error).toMatchObject({ code: 'address_blocked', status: 429 })
      return true
    }
  }
  return { block, clock, events, fail, isBlocked }
}

describe('createAddressBlock', () => {
  it('blocks after so many failures, for a time, and says how long', () => {
    const { block, clock, events, fail, isBlocked } = open()
    fail('203.0.113.7', 2)
    expect(isBlocked('203.0.113.7')).toBe(false)
    fail('203.0.113.7', 1)
    expect(isBlocked('203.0.113.7')).toBe(true)
    expect(isBlocked('203.0.113.8')).toBe(false)
    clock.now += 500
    expect(() => block.assertNotBlocked(ip('203.0.113.7'))).toThrow(
      expect.objectContaining({ retryAfter: 600 }),
    )
    clock.now = START + 599_001
    expect(() => block.assertNotBlocked(ip('203.0.113.7'))).toThrow(
      expect.objectContaining({ retryAfter: 1 }),
    )
    expect(block.blocked()).toEqual([{ address: '203.0.113.7', until: START + 600_000 }])
    clock.now = START + 600_000
    expect(isBlocked('203.0.113.7')).toBe(false)
    expect(block.blocked()).toEqual([])
    expect(events).toEqual([
      {
        time: new Date(START).toISOString(),
        kind: 'address_blocked',
        address: '203.0.113.7',
        until: new Date(START + 600_000).toISOString(),
      },
    ])
    // After the block it counts anew.
    fail('203.0.113.7', 2)
    expect(isBlocked('203.0.113.7')).toBe(false)
  })

  it('failures of an older window do not count', () => {
    const { clock, fail, isBlocked } = open()
    fail('203.0.113.7', 2)
    clock.now += 300_000
    fail('203.0.113.7', 2)
    expect(isBlocked('203.0.113.7')).toBe(false)
  })

  it('an IPv6 client is its /64; an IPv4 address mapped into IPv6 is the IPv4 address', () => {
    const { block, fail, isBlocked } = open()
    fail('2001:db8:0:1::1', 1)
    fail('2001:db8:0:1:ffff::2', 1)
    fail('2001:db8:0:2::1', 2)
    expect(isBlocked('2001:db8:0:1::3')).toBe(false)
    fail('2001:db8:0:1::4', 1)
    expect(isBlocked('2001:db8:0:1:a:b:c:d')).toBe(true)
    expect(isBlocked('2001:db8:0:2::1')).toBe(false)
    fail('::ffff:203.0.113.7', 3)
    expect(isBlocked('203.0.113.7')).toBe(true)
    expect(block.blocked().map(({ address }) => address)).toEqual(['2001:db8:0:1::/64', '203.0.113.7'])
  })

  it('unblock lets in and forgets; the operator may name any address of the network', () => {
    const { block, events, fail, isBlocked } = open()
    fail('2001:db8:0:1::1', 3)
    fail('203.0.113.7', 3)
    expect(block.unblock('2001:db8:0:1::/64')).toBe(true)
    expect(block.unblock('2001:db8:0:1::9')).toBe(false)
    expect(block.unblock('203.0.113.7')).toBe(true)
    expect(block.unblock('203.0.113.9')).toBe(false)
    expect(() => block.unblock('203.0.113.0/24')).toThrow(TypeError)
    fail('203.0.113.7', 2)
    expect(isBlocked('203.0.113.7')).toBe(false)
    expect(events.map(({ kind, address }) => [kind, address])).toEqual([
      ['address_blocked', '2001:db8:0:1::/64'],
      ['address_blocked', '203.0.113.7'],
      ['address_unblocked', '2001:db8:0:1::/64'],
      ['address_unblocked', '203.0.113.7'],
    ])
  })

  it('partners behind the same NAT: whoever was there a short time ago keeps the address open', () => {
    const { block, clock, fail, isBlocked } = open()
    block.succeeded(ip('198.51.100.1'))
    fail('198.51.100.1', 50)
    expect(isBlocked('198.51.100.1')).toBe(false)
    clock.now += 300_000
    fail('198.51.100.1', 50)
    expect(isBlocked('198.51.100.1')).toBe(false)
    clock.now += 300_000
    fail('198.51.100.1', 3)
    expect(isBlocked('198.51.100.1')).toBe(true)
  })

  it('exempt addresses are never blocked', () => {
    const { fail, isBlocked } = open({ exempt: ['198.51.100.0/24'] })
    fail('198.51.100.200', 500)
    expect(isBlocked('198.51.100.200')).toBe(false)
    expect(() => createAddressBlock({ exempt: ['nonsense'] })).toThrow(TypeError)
  })

  it('both tables have a fixed size; with one more block the one that ends first gives way', () => {
    const { block, clock, fail, isBlocked } = open({ maxBlocked: 10, addresses: 64 })
    for (let i = 0; i < 11; i++) {
      fail(`203.0.113.${i}`, 3)
      clock.now += 1000
    }
    expect(block.blocked()).toHaveLength(10)
    expect(isBlocked('203.0.113.0')).toBe(false)
    expect(isBlocked('203.0.113.10')).toBe(true)
    const before = process.memoryUsage().heapUsed
    const other = new Uint8Array(16)
    for (let i = 0; i < 50_000; i++) {
      new DataView(other.buffer).setUint32(4, i)
      block.failed(other)
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30_000_000)
    expect(block.blocked()).toHaveLength(10)
  })
})
