import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { AWS_SCHEME, PARTNER_SCHEME } from './signing-scheme.js'
import { createStringToSign } from './string-to-sign.js'

const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' }

describe('createStringToSign', () => {
  it('is algorithm, timestamp, scope and hash, one a line', () => {
    // The hash: printf abc | openssl dgst -sha256
    expect(createStringToSign(PARTNER_SCHEME, '20261121T233040Z', scope, 'abc')).toBe(
      'PARTNER4-HMAC-SHA256\n20261121T233040Z\n20261121/live/orders/partner4_request\nba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('hashes the canonical request as bytes, one a character', () => {
    const text = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1')
    const digest = createHash('sha256').update(text, 'latin1').digest('hex')
    expect(createStringToSign(AWS_SCHEME, '20261121T233040Z', scope, text).split('\n')).toEqual([
      ...['AWS4-HMAC-SHA256', '20261121T233040Z', '20261121/live/orders/partner4_request', digest],
    ])
  })
})
