import { describe, expect, it } from 'vitest'
import { refusal, refusalMessage } from '../test/property.js'
import { createCanonicalRequest } from './canonical-request.js'
import { EMPTY_PAYLOAD_HASH } from './payload-hash.js'
import type { SignableRequest } from './signable-request.js'

const request: SignableRequest = {
  method: 'POST',
  path: '/v1/orders/A-1001/statuses',
  query: 'a=1&b=2',
  headers: [
    ['X-Partner-Date', '20261121T233040Z'],
    ['Host', ' api.example.com:8443 '],
  ],
  payloadHash: EMPTY_PAYLOAD_HASH,
}
const signed = ['host', 'x-partner-date']

describe('createCanonicalRequest', () => {
  it('joins its six parts by line feeds', () => {
    expect(createCanonicalRequest(request, signed)).toBe(
      [
        ...['POST', '/v1/orders/A-1001/statuses', 'a=1&b=2'],
        ...['host:api.example.com:8443', 'x-partner-date:20261121T233040Z', ''],
        ...['host;x-partner-date', EMPTY_PAYLOAD_HASH],
      ].join('\n'),
    )
  })

  it('has an empty third line for no query', () => {
    expect(createCanonicalRequest({ ...request, query: '' }, signed).split('\n')[2]).toBe('')
  })

  it('takes the method as sent', () => {
    expect(createCanonicalRequest({ ...request, method: 'post' }, signed).split('\n')[0]).toBe('post')
  })

  it('encodes an escaped path once more with escapedPaths', () => {
    const escaped = createCanonicalRequest({ ...request, path: '/o/A%20B' }, signed, { escapedPaths: true })
    expect(escaped.split('\n')[1]).toBe('/o/A%2520B')
  })

  it.each([
    [{ method: '' }, 'method_invalid', 'method'],
    [{ method: 'GE T' }, 'method_invalid', 'method'],
    [{ method: 'GET\n' }, 'method_invalid', 'method'],
    [{ method: 'A'.repeat(33) }, 'method_invalid', 'method'],
    [{ path: '/a b' }, 'target_not_canonical', 'path'],
    [{ path: '/a\n' }, 'target_not_canonical', 'path'],
    [{ query: 'b=1&a=1' }, 'query_not_canonical', 'query'],
    [{ headers: [['Host', 'a']] }, 'signed_headers_invalid', 'x-partner-date'],
    [{ headers: [...request.headers, ['host', 'a\nb']] }, 'header_invalid', 'host'],
  ] as [Partial<SignableRequest>, string, string][])('refuses %j', (change, code, part) => {
    expect(refusal(() => createCanonicalRequest({ ...request, ...change }, signed))).toEqual({ code, part })
  })

  it('shows a hostile method escaped', () => {
    expect(refusalMessage(() => createCanonicalRequest({ ...request, method: 'GET\n' }, signed))).toContain(
      '"GET\\u000a" is no HTTP method',
    )
  })
})
