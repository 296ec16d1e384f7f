import { describe, expect, it } from 'vitest'
import { refusal } from '../test/property.js'
import { parseAuthorizationHeader } from './authorization-header.js'
import { createPayloadHash } from './payload-hash.js'
import { createRequestSignature } from './request-signature.js'
import { deriveSigningKey } from './signing-key.js'
import { PARTNER_SCHEME } from './signing-scheme.js'

// The running example of spec/partner-signing.md; its values were computed by Python and by OpenSSL.
const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' }
const parameters = {
  scheme: PARTNER_SCHEME,
  keyId: 'demo_acme_key1',
  scope,
  signingKey: deriveSigningKey(PARTNER_SCHEME, 'not-a-secret-only-for-the-spec!', scope),
  timestamp: '20261121T233040Z',
  signedHeaders: ['content-type', 'host', 'x-partner-date', 'x-partner-nonce'],
} as const
const request = {
  method: 'POST',
  path: '/v1/orders/A-1001/statuses',
  query: '',
  headers: [
    ['Host', 'api.example.com'],
    ['Content-Type', 'application/json'],
    ['X-Partner-Date', '20261121T233040Z'],
    ['X-Partner-Nonce', '00112233445566778899aabbccddeeff'],
  ],
  payloadHash: createPayloadHash(Buffer.from('{"status":"shipped","occurredAt":"2026-11-21T23:30:00.000Z"}')),
} as const

describe('createRequestSignature', () => {
  it('gives every step of the example of the specification', () => {
    const steps = createRequestSignature(request, parameters)
    expect(steps.canonicalRequest).toBe(`POST
/v1/orders/A-1001/statuses

content-type:application/json
host:api.example.com
x-partner-date:20261121T233040Z
x-partner-nonce:00112233445566778899aabbccddeeff

content-type;host;x-partner-date;x-partner-nonce
5c57195851c90354cd9916f004b36cd6d88d4b4a562ad11b369a3337db139ff3`)
    expect(steps.stringToSign).toBe(`PARTNER4-HMAC-SHA256
20261121T233040Z
20261121/live/orders/partner4_request
b3924c4d6169c737540e7f2315e2eb1f2692b03326ec87233e64661f5ae8b3ef`)
    expect(steps.signature).toBe('4d05129b7601612f141b1b0614620e12d185dd2c357d0734cce34db28b6c6558')
    expect(parseAuthorizationHeader(steps.authorization)).toEqual({
      ...{ algorithm: 'PARTNER4-HMAC-SHA256', keyId: 'demo_acme_key1', scope, signature: steps.signature },
      signedHeaders: parameters.signedHeaders,
    })
  })

  it('hands escapedPaths on', () => {
    const escaped = { ...request, path: '/o/A%20B' }
    expect(refusal(() => createRequestSignature(escaped, parameters))?.code).toBe('target_not_canonical')
    const steps = createRequestSignature(escaped, { ...parameters, escapedPaths: true })
    expect(steps.canonicalRequest).toContain('\n/o/A%2520B\n')
  })
})
