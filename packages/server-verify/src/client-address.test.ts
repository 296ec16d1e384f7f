import { describe, expect, it } from 'vitest'
import { resolveClientAddress } from './client-address.js'
import { parseIpRange } from './ip-address.js'

const trusted = ['10.0.0.0/8', '::1'].map(parseIpRange)
const resolve = (peer: string, ...forwarded: string[]): string | undefined => {
  const rawHeaders = forwarded.flatMap(value => ['x-forwarded-FOR', value])
  const address = resolveClientAddress(peer, rawHeaders, trusted)
  return address === undefined ? undefined : [...address].join('.')
}

describe('resolveClientAddress', () => {
  it.each([
    ['the peer itself, whatever it claims', '203.0.113.1', ['1.1.1.1'], '203.0.113.1'],
    ['the entry a trusted proxy wrote', '10.1.2.3', ['198.51.100.1'], '198.51.100.1'],
    ['not what the client wrote left of it', '10.1.2.3', ['1.1.1.1, 198.51.100.1'], '198.51.100.1'],
    [
      'past trusted hops, over several headers',
      '10.1.2.3',
      ['1.1.1.1', '198.51.100.1,10.9.9.9'],
      '198.51.100.1',
    ],
    ['the last known hop before garbage', '10.1.2.3', ['1.1.1.1, unknown, 10.9.9.9'], '10.9.9.9'],
    ['the proxy when it wrote nothing', '10.1.2.3', [], '10.1.2.3'],
    ['a mapped IPv4 peer', '::ffff:10.1.2.3', ['198.51.100.1'], '198.51.100.1'],
    ['at most 32 hops', '10.1.2.3', [Array(500).fill('10.0.0.1').join(',')], '10.0.0.1'],
  ])('%s', (_, peer, forwarded, expected) => {
    expect(resolve(peer, ...forwarded)).toBe(expected)
  })

  it('a Unix socket has no address', () => {
    expect(resolve('', '1.1.1.1')).toBeUndefined()
  })
})
