import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  check,
  nearly,
  refusal,
  refusalMessage,
  TOKEN_CHARACTERS,
  textOf,
  WORD_CHARACTERS,
} from '../test/property.js'
import {
  formatAuthorizationHeader,
  type HmacAuthorization,
  parseAuthorizationHeader,
} from './authorization-header.js'
import { formatSignedHeaders, parseSignedHeaders } from './signed-headers.js'

// The header of the example in spec/partner-signing.md §8.
const SIGNATURE = '4d05129b7601612f141b1b0614620e12d185dd2c357d0734cce34db28b6c6558'
const EXAMPLE = `PARTNER4-HMAC-SHA256 Credential=demo_acme_key1/20261121/live/orders/partner4_request, SignedHeaders=content-type;host;x-partner-date;x-partner-nonce, Signature=${SIGNATURE}`
const PARSED: HmacAuthorization = {
  algorithm: 'PARTNER4-HMAC-SHA256',
  keyId: 'demo_acme_key1',
  scope: { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' },
  signedHeaders: ['content-type', 'host', 'x-partner-date', 'x-partner-nonce'],
  signature: SIGNATURE,
}
const word = textOf(WORD_CHARACTERS, 1, 20)
const authorization: fc.Arbitrary<HmacAuthorization> = fc.record({
  algorithm: textOf('ABCXYZ0189-', 1, 64),
  keyId: textOf(WORD_CHARACTERS, 8, 64),
  scope: fc.record({ date: textOf('0123456789', 8, 8), environment: word, api: word, terminator: word }),
  signedHeaders: fc
    .array(textOf(TOKEN_CHARACTERS, 1, 10), { minLength: 1, maxLength: 10 })
    .map(names => parseSignedHeaders(formatSignedHeaders(names))),
  signature: textOf('0123456789abcdef', 64, 64),
})

describe('Authorization header', () => {
  it('reads and writes the example of the specification', () => {
    expect(parseAuthorizationHeader(EXAMPLE)).toEqual(PARSED)
    expect(formatAuthorizationHeader(PARSED)).toBe(EXAMPLE)
  })

  it.each([EXAMPLE.replaceAll(', ', ','), EXAMPLE.replaceAll(' ', '    ')])('any number of spaces', value => {
    expect(parseAuthorizationHeader(value)).toEqual(PARSED)
  })

  it.each([
    ['', 'algorithm'],
    ['Bearer token', 'algorithm'],
    [EXAMPLE.toLowerCase(), 'algorithm'],
    [` ${EXAMPLE}`, 'algorithm'],
    [EXAMPLE.replace(' ', '\t'), 'algorithm'],
    [EXAMPLE.replace('PARTNER4-HMAC-SHA256', 'A'.repeat(65)), 'algorithm'],
    ['PARTNER4-HMAC-SHA256!', 'algorithm'],
    ['PARTNER4-HMAC-SHA256', 'Credential'],
    ['PARTNER4-HMAC-SHA256 ', 'Credential'],
    [EXAMPLE.replace('Credential=', 'credential='), 'Credential'],
    [EXAMPLE.replace('demo_acme', 'demo acme'), 'Credential'],
    [EXAMPLE.replace('demo_acme', 'demo\xa0acme'), 'Credential'],
    [EXAMPLE.replace(', Signed', ' Signed'), 'Credential'],
    [EXAMPLE.replace(', Sign', ',\tSign'), 'SignedHeaders'],
    [EXAMPLE.replace('content-type;', ';\n'), 'SignedHeaders'],
    [EXAMPLE.replace(/, Signature.*/, ''), 'Signature'],
    [EXAMPLE.replace(/.$/, ''), 'Signature'],
    [`${EXAMPLE}0`, 'Signature'],
    [`${EXAMPLE}\n`, 'Signature'],
    [`${EXAMPLE} `, 'Signature'],
    [EXAMPLE.replace(SIGNATURE, SIGNATURE.toUpperCase()), 'Signature'],
    [EXAMPLE.replace(SIGNATURE, `"${SIGNATURE}"`), 'Signature'],
    [EXAMPLE.replaceAll(', ', ',').replace('content-type;', 'content-type; '), 'SignedHeaders'],
    [`${EXAMPLE.replaceAll(', ', ',   ')}0`, 'Signature'],
    [`${EXAMPLE}, Extra=1`, 'Authorization'],
    [`${EXAMPLE}, ${EXAMPLE}`, 'Authorization'],
  ])('refuses %j for its %s', (value, part) => {
    expect(refusal(() => parseAuthorizationHeader(value))).toEqual({ code: 'authorization_malformed', part })
  })

  it.each([
    ['Bearer token', 'must start with an algorithm such as PARTNER4-HMAC-SHA256'],
    ['PARTNER4-HMAC-SHA256', 'must have Credential=… as its parameter number 1'],
    [EXAMPLE.replace('Signed', 'signed'), 'must have SignedHeaders=… as its parameter number 2'],
    [EXAMPLE.replace(/, Signature.*/, ''), 'must have Signature=… as its parameter number 3'],
    [EXAMPLE.replace('demo_acme', 'demo acme'), 'Credential is empty or holds white space. Separate'],
    [EXAMPLE.replace(/Credential=[^,]+/, 'Credential='), 'Credential is empty'],
    [EXAMPLE.replace('content-type;', 'content-type; '), 'SignedHeaders is empty or holds white space'],
    [EXAMPLE.replace(/SignedHeaders=[^,]+/, 'SignedHeaders='), 'SignedHeaders is empty'],
    [`${EXAMPLE}, Extra=1`, 'has more than three parameters'],
    [`${EXAMPLE}0`, 'Signature must be 64 lower-case hex digits'],
    [EXAMPLE.replace(/Signature=.*/, 'Signature='), 'Signature must be 64 lower-case hex digits'],
    [EXAMPLE.replace(SIGNATURE, `${SIGNATURE.slice(1)} `), 'Signature must be 64 lower-case hex digits'],
  ])('says of %j what to change', (value, words) => {
    expect(refusalMessage(() => parseAuthorizationHeader(value))).toContain(words)
  })

  it.each([
    [EXAMPLE.replace('demo_acme_key1', 'short'), 'key_id_invalid', 'keyId'],
    [EXAMPLE.replace('20261121', '2026'), 'credential_scope_invalid', 'date'],
    [EXAMPLE.replace('/live', ''), 'credential_scope_invalid', 'Credential'],
    [EXAMPLE.replace('content-type;host', 'host;content-type'), 'signed_headers_invalid', 'SignedHeaders'],
    [EXAMPLE.replace('host;', 'host;host;'), 'signed_headers_invalid', 'SignedHeaders'],
  ])('refuses %j as its parts are refused', (value, code, part) => {
    expect(refusal(() => parseAuthorizationHeader(value))).toEqual({ code, part })
  })

  it('never shows a signature or a token in a message', () => {
    const wrong = [
      ...[EXAMPLE.replace(', Signature', ' Signature'), EXAMPLE.replace(', Signed', ' Signed')],
      ...[EXAMPLE.replaceAll(', ', ' '), EXAMPLE.replace('SignedHeaders=', 'SignedHeaders= '), `${EXAMPLE}0`],
      EXAMPLE.replace('content-type;host;x-partner-date;x-partner-nonce, ', ''),
    ]
    for (const value of wrong) {
      const message = refusalMessage(() => parseAuthorizationHeader(value))
      for (let i = 0; i + 8 <= SIGNATURE.length; i++) expect(message).not.toContain(SIGNATURE.slice(i, i + 8))
    }
    expect(refusalMessage(() => parseAuthorizationHeader('Bearer eyJhbGciOiJIUzI1NiJ9'))).not.toContain('eyJ')
  })

  it('parse and format are inverse', () => {
    check(
      fc.property(authorization, value => {
        expect(parseAuthorizationHeader(formatAuthorizationHeader(value))).toEqual(value)
      }),
    )
    const written = authorization.map(formatAuthorizationHeader)
    check(
      fc.property(nearly(written), text => {
        if (refusal(() => parseAuthorizationHeader(text)) !== undefined) return
        expect(formatAuthorizationHeader(parseAuthorizationHeader(text)).replaceAll(' ', '')).toBe(
          text.replaceAll(' ', ''),
        )
      }),
      1000,
    )
  })
})
