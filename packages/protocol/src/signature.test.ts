import { describe, expect, it } from 'vitest'
import { createSignature } from './signature.js'
import { deriveSigningKey } from './signing-key.js'
import { PARTNER_SCHEME } from './signing-scheme.js'

describe('createSignature', () => {
  const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' }
  const key = deriveSigningKey(PARTNER_SCHEME, 'not-a-secret-only-for-the-spec!', scope)

  it('gives the signature of the specification, §8 (computed by Python and OpenSSL)', () => {
    const stringToSign = [
      'PARTNER4-HMAC-SHA256',
      '20261121T233040Z',
      '20261121/live/orders/partner4_request',
      'b3924c4d6169c737540e7f2315e2eb1f2692b03326ec87233e64661f5ae8b3ef',
    ].join('\n')
    expect(createSignature(key, stringToSign)).toBe(
      '4d05129b7601612f141b1b0614620e12d185dd2c357d0734cce34db28b6c6558',
    )
  })

  it('is 64 lower-case hex digits and differs for different texts', () => {
    expect(createSignature(key, 'a')).toMatch(/^[0-9a-f]{64}$/)
    expect(createSignature(key, 'a')).not.toBe(createSignature(key, 'a\n'))
  })
})
