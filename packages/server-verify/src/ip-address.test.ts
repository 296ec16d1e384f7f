import { isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isInRange, parseIpAddress, parseIpRange } from './ip-address.js'

const hex = (text: string): string | undefined => {
  const address = parseIpAddress(text)
  return address === undefined ? undefined : Buffer.from(address).toString('hex')
}

describe('parseIpAddress', () => {
  it.each([
    ['203.0.113.7', 'cb007107'],
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['::ffff:203.0.113.7', 'cb007107'],
    ['::FFFF:cb00:7107', 'cb007107'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:db8::7', '20010db8000000000000000000000007'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['fe80::', `fe80${'0'.repeat(28)}`],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ])('%s', (text, expected) => {
    expect(hex(text)).toBe(expected)
  })

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
    '1..2.3',
    '.1.2.3',
    '1.2.3.',
    '1.2.3.4:80',
    'fe80::1%eth0',
    '[::1]',
    ':::',
    'localhost',
    '1e0.2.3.4',
    '٣.1.1.1',
    '0x7f.0.0.1',
  ])('%j is none', text => {
    expect(parseIpAddress(text)).toBeUndefined()
  })

  it('agrees with node:net on what an IPv4 address is', () => {
    const part = fc.oneof(fc.nat(300).map(String), fc.constantFrom('', '00', '07', '1a', '-1'))
    fc.assert(
      fc.property(fc.array(part, { minLength: 3, maxLength: 5 }), parts => {
        const text = parts.join('.')
        expect(parseIpAddress(text) !== undefined).toBe(isIPv4(text))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('ranges', () => {
  const within = (address: string, range: string): boolean =>
    isInRange(parseIpAddress(address)!, parseIpRange(range))
  it.each([
    ['198.51.100.0', '198.51.100.0/24', true],
    ['198.51.100.255', '198.51.100.0/24', true],
    ['198.51.101.0', '198.51.100.0/24', false],
    ['198.51.100.127', '198.51.100.0/25', true],
    ['198.51.100.128', '198.51.100.0/25', false],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
    ['::ffff:1.2.3.4', '1.2.3.4', true],
    ['2001:db8:ffff::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:db8::2', '2001:db8::1/127', false],
  ])('%s in %s: %s', (address, range, expected) => {
    expect(within(address, range)).toBe(expected)
  })

  it.each([
    '',
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '::/129',
    'proxy.local',
    '1.2.3.4/24/8',
  ])('%j is a mistake', text => {
    expect(() => parseIpRange(text)).toThrow(TypeError)
  })
})
