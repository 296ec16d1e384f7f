// Every parser, for any text: it returns or throws a ProtocolError, never anything else, and takes linear time.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  findTaggedSignature,
  parseContentDigest,
  parseSignature,
  parseSignatureInput,
  parseSignatureParameters,
} from '../src/http-message-signatures/index.js'
import {
  createCanonicalHeaders,
  createCanonicalHeaderValue,
  createCanonicalQuery,
  createCanonicalRequest,
  createCanonicalUri,
  createSigningScheme,
  EMPTY_PAYLOAD_HASH,
  formatSignedHeaders,
  parseAuthorizationHeader,
  parseCredential,
  parseCredentialScope,
  parseKeyId,
  parsePayloadHash,
  parseRequestTarget,
  parseSignedHeaders,
  parseTimestamp,
  percentEncode,
  quoteFragment,
} from '../src/index.js'
import { anyText, byteText, check, nearly, refusal, refusalMessage } from './property.js'

const AUTHORIZATION = `PARTNER4-HMAC-SHA256 Credential=demo_acme_key1/20261121/live/orders/partner4_request, SignedHeaders=host;x-partner-date, Signature=${'0'.repeat(64)}`

const SIGNATURE_INPUT = 'sig1=("@method" "x-a");created=1;nonce="a\\"";tag="t"'

/** Each parser with a value that it accepts. */
const PARSERS: readonly [name: string, parse: (text: string) => unknown, valid: string][] = [
  ['parseAuthorizationHeader', parseAuthorizationHeader, AUTHORIZATION],
  ['parseCredential', parseCredential, 'demo_acme_key1/20261121/live/orders/partner4_request'],
  ['parseCredentialScope', parseCredentialScope, '20261121/live/orders/partner4_request'],
  ['parseKeyId', parseKeyId, 'demo_acme_key1'],
  ['parseSignedHeaders', parseSignedHeaders, 'host;x-partner-date'],
  ['formatSignedHeaders', text => formatSignedHeaders(text.split(';')), 'host;x-partner-date'],
  ['parseTimestamp', parseTimestamp, '20261121T233040Z'],
  ['parsePayloadHash', parsePayloadHash, EMPTY_PAYLOAD_HASH],
  ['parseRequestTarget', parseRequestTarget, '/v1/orders?limit=5'],
  ['parseSignatureInput', parseSignatureInput, SIGNATURE_INPUT],
  ['findTaggedSignature', text => findTaggedSignature(text, 'sig1=:AAEC:', 't'), SIGNATURE_INPUT],
  ['parseSignature', parseSignature, 'sig1=:AAEC:'],
  ['parseSignatureParameters', parseSignatureParameters, SIGNATURE_INPUT.slice('sig1='.length)],
  ['parseContentDigest', parseContentDigest, `sha-256=:${'A'.repeat(43)}=:`],
  ['createCanonicalUri', text => createCanonicalUri(text), '/v1/orders/A-1001'],
  [
    'createCanonicalUri, escapedPaths',
    text => createCanonicalUri(text, { escapedPaths: true }),
    '/o/A%20B/c',
  ],
  ['createCanonicalQuery', createCanonicalQuery, 'a=1&a-b=%20&ab=3'],
  ['createCanonicalHeaderValue', text => createCanonicalHeaderValue('x-a', text), ' a  b '],
  ['createCanonicalHeaders', text => createCanonicalHeaders([['X-A', text]], ['x-a']), ' a  b '],
  ['createCanonicalHeaders, name', text => createCanonicalHeaders([[text, 'a']], ['x-a']), 'X-A'],
  [
    'createCanonicalRequest, method',
    method => {
      const request = { method, path: '/', query: '', headers: [], payloadHash: EMPTY_PAYLOAD_HASH }
      return createCanonicalRequest(request, [])
    },
    'POST',
  ],
  ['createSigningScheme', text => createSigningScheme(text), 'acme'],
]

describe.each(PARSERS)('%s', (_, parse, valid) => {
  it('accepts what is valid', () => expect(refusal(() => parse(valid))).toBeUndefined())

  it('returns or throws a ProtocolError with a printable message, for any text', () => {
    check(
      fc.property(
        fc.oneof(anyText, byteText, nearly(fc.constant(valid)), nearly(nearly(fc.constant(valid)))),
        text => {
          // `refusal` throws on what is no ProtocolError.
          const refused = refusal(() => parse(text))
          if (refused === undefined) return
          expect(refused.code).toMatch(/^[a-z_]+$/)
          expect(refused.part).toMatch(/^[\x20-\x7e…]{1,250}$/)
          expect(refusalMessage(() => parse(text))).toMatch(/^[\x20-\x7e…]{1,700}$/)
        },
      ),
      1000,
    )
  })

  it.each(hostilePatterns(valid))('takes linear time for %s', (_pattern, make) => {
    expect(growth(text => refusal(() => parse(text)), make)).toBeLessThan(30)
  })
})

describe.each([
  ['percentEncode', percentEncode],
  ['quoteFragment', quoteFragment],
] as [string, (text: string) => string][])('%s', (_, encode) => {
  it.each(hostilePatterns('a'))('takes linear time for %s', (_pattern, make) => {
    expect(growth(encode, make)).toBeLessThan(30)
  })
})

/** Long texts that make a careless regular expression or loop backtrack, with a wrong end. */
function hostilePatterns(valid: string): [string, (length: number) => string][] {
  const repeat =
    (unit: string, before = '', after = '\0') =>
    (length: number) =>
      before + unit.repeat(Math.ceil(length / unit.length)) + after
  return [
    ['one letter', repeat('a')],
    ['spaces', repeat(' ', 'a', 'a')],
    ['blanks at the end', repeat(' \t', 'a', '')],
    ['the valid value', repeat(valid)],
    ['a long end', repeat('a', valid)],
    ['commas', repeat(', ', valid)],
    ['entries', repeat('a;', '', 'a')],
    ['slashes', repeat('/a')],
    ['escapes', repeat('%41', '/', '=')],
    ['pairs', repeat('a=1&', '', 'a=1')],
  ]
}

/**
 * How many times longer eight times 64 KiB take than 64 KiB: linear work grows by 8, quadratic by 64. Each is the best
 * of several, so that a busy machine does not matter.
 */
function growth(action: (text: string) => unknown, make: (length: number) => string): number {
  const [small, large] = [flat(make(65_536)), flat(make(8 * 65_536))]
  let [best, bestLarge] = [Infinity, Infinity]
  for (let round = 0; round < 6; round++) {
    best = Math.min(
      best,
      duration(() => action(small)),
    )
    bestLarge = Math.min(
      bestLarge,
      duration(() => action(large)),
    )
    // Below 2 ns a character it is at most linear; only the clock would be measured.
    if (bestLarge < 1) return 1
    if (bestLarge / best < 12) break
  }
  return bestLarge / best
}

/** The text in one piece: `repeat` and `+` only note what is to be joined, which the first reader would pay for. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

function duration(action: () => unknown): number {
  const start = performance.now()
  action()
  return performance.now() - start
}
