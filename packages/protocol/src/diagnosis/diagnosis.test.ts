import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { DiagnosisCode } from './cause.js'
import { diagnoseMismatch, findFirstDifference } from './diagnosis.js'

const hash = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('hex')
const json = '{"b": 1, "a": "Müller"}'

interface Shape {
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: readonly string[]
  readonly signed?: string
  readonly payload?: string
}

function request(shape: Shape = {}): string {
  const headers = shape.headers ?? [
    'content-type:application/json',
    'host:api.example.com',
    'x-partner-date:20261121T233040Z',
  ]
  const signed = shape.signed ?? headers.map(line => line.split(':', 1)[0]).join(';')
  return [
    shape.method ?? 'POST',
    shape.path ?? '/v1/orders',
    shape.query ?? '',
    ...headers,
    '',
    signed,
    shape.payload ?? hash(json),
  ].join('\n')
}

const host = (value: string): string[] => [`host:${value}`, 'x-partner-date:20261121T233040Z']

const CASES: readonly [DiagnosisCode, string, string, string?][] = [
  ['method_changed', request(), request({ method: 'GET' })],
  ['path_double_encoded', request({ path: '/o/a%20b' }), request({ path: '/o/a%2520b' })],
  ['path_reencoded', request({ path: '/o/a(b' }), request({ path: '/o/a%28b' })],
  ['path_trailing_slash', request({ path: '/o' }), request({ path: '/o/' })],
  ['path_normalized', request({ path: '/x/../o' }), request({ path: '/o' })],
  ['path_prefix', request({ path: '/api/v1/orders' }), request({ path: '/v1/orders' })],
  ['path_case', request({ path: '/V1/orders' }), request({ path: '/v1/orders' })],
  ['path_differs', request({ path: '/v1/orders' }), request({ path: '/v2/parcels' })],
  ['query_dropped', request({ query: 'a=1' }), request()],
  ['query_order', request({ query: 'b=2&a=1' }), request({ query: 'a=1&b=2' })],
  ['query_plus_as_space', request({ query: 'q=a+b' }), request({ query: 'q=a%20b' })],
  ['query_reencoded', request({ query: 'q=a:b' }), request({ query: 'q=a%3Ab' })],
  ['query_parameter_added', request({ query: 'a=1' }), request({ query: 'a=1&utm=x' })],
  ['query_differs', request({ query: 'a=1' }), request({ query: 'a=2' })],
  [
    'host_port',
    request({ headers: host('api.example.com') }),
    request({ headers: host('api.example.com:8443') }),
  ],
  [
    'host_rewritten',
    request({ headers: host('api.example.com') }),
    request({ headers: host('backend.internal') }),
  ],
  [
    'date_differs',
    request({ headers: ['host:a', 'x-partner-date:20261121T233040Z'] }),
    request({ headers: ['host:a', 'x-partner-date:20261121T233041Z'] }),
  ],
  [
    'content_type_charset',
    request({ headers: ['content-type:application/json', 'host:a'] }),
    request({ headers: ['content-type:application/json; charset=utf-8', 'host:a'] }),
  ],
  [
    'header_white_space',
    request({ headers: ['host:a', 'x-partner-note:a  b'] }),
    request({ headers: ['host:a', 'x-partner-note:a b'] }),
  ],
  ['header_name_case', request({ headers: ['Host:a'], signed: 'host' }), request({ headers: ['host:a'] })],
  [
    'header_missing',
    request({ headers: ['host:a'], signed: 'host;x-partner-date' }),
    request({ headers: ['host:a', 'x-partner-date:1'] }),
  ],
  [
    'header_differs',
    request({ headers: ['host:a', 'x-partner-nonce:1'] }),
    request({ headers: ['host:a', 'x-partner-nonce:2'] }),
  ],
  [
    'signed_headers_order',
    request({ headers: ['host:a', 'accept:b'], signed: 'host;accept' }),
    request({ headers: ['accept:b', 'host:a'] }),
  ],
  ['signed_headers_differ', request({ headers: ['host:a'] }), request({ headers: ['accept:b', 'host:a'] })],
  ['payload_hash_case', request({ payload: hash(json).toUpperCase() }), request()],
  ['body_not_signed', request({ payload: hash('') }), request()],
  ['body_lost', request(), request({ payload: hash('') })],
  ['body_trailing_newline', request(), request({ payload: hash(`${json}\n`) }), `${json}\n`],
  ['body_trailing_newline', request({ payload: hash(`${json}\n`) }), request(), json],
  ['body_byte_order_mark', request({ payload: hash(`\ufeff${json}`) }), request(), json],
  [
    'body_line_ends',
    request({ payload: hash('{\r\n"a":1}') }),
    request({ payload: hash('{\n"a":1}') }),
    '{\n"a":1}',
  ],
  ['body_charset', request({ payload: hash(Buffer.from(json, 'latin1')) }), request(), json],
  ['body_reserialized', request({ payload: hash('{"b":1,"a":"Müller"}') }), request(), json],
  ['body_changed', request({ payload: hash('x') }), request(), json],
  ['body_changed', request({ payload: hash('x') }), request()],
  ['carriage_returns', request().replaceAll('\n', '\r\n'), request()],
  ['trailing_newline', `${request()}\n`, request()],
  ['blank_line_missing', request().replace('\n\ncontent-type;', '\ncontent-type;'), request()],
  ['not_a_canonical_request', 'POST /v1/orders', request()],
]

describe('diagnoseMismatch', () => {
  it.each(CASES)('names %s', (code, signer, verifier, body) => {
    const diagnosis = diagnoseMismatch(
      { canonicalRequest: signer },
      { canonicalRequest: verifier },
      body === undefined ? undefined : new TextEncoder().encode(body),
    )
    expect(diagnosis.cause.code).toBe(code)
    expect(diagnosis.cause.explanation).toMatch(/^[A-Z].{20,}\.$/)
    expect(diagnosis.firstDifference).toBeDefined()
  })

  const steps = (stringToSign: string): { canonicalRequest: string; stringToSign: string } => ({
    canonicalRequest: request(),
    stringToSign,
  })
  const good = 'PARTNER4-HMAC-SHA256\n20261121T233040Z\n20261121/live/orders/partner4_request\nhash'

  it.each<[DiagnosisCode, string]>([
    ['secret_or_label', good],
    ['algorithm_label', good.replace('PARTNER4', 'AWS4')],
    ['timestamp_differs', good.replace('233040', '233041')],
    ['scope_differs', good.replace('/live/', '/sandbox/')],
    ['not_a_canonical_request', good.replace('hash', 'other')],
  ])('names %s from the strings to sign', (code, stringToSign) => {
    const diagnosis = diagnoseMismatch(steps(stringToSign), steps(good))
    expect(diagnosis).toEqual({ firstDifference: undefined, cause: expect.objectContaining({ code }) })
  })

  it('says that equal canonical requests are equal', () => {
    expect(
      diagnoseMismatch({ canonicalRequest: request() }, { canonicalRequest: request() }).cause.code,
    ).toBe('identical')
  })
})

describe('findFirstDifference', () => {
  it.each([
    ['abc', 'abd', { offset: 2, line: 1, column: 3 }],
    ['a\nbc', 'a\nbd', { offset: 3, line: 2, column: 2 }],
    ['a', 'ab', { offset: 1, line: 1, column: 2 }],
    ['same', 'same', undefined],
  ])('of %j and %j', (a, b, expected) => {
    expect(findFirstDifference(a, b)).toEqual(expected)
  })
})
