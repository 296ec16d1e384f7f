import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, nearly, refusal, refusalMessage, TOKEN_CHARACTERS, textOf } from '../test/property.js'
import {
  formatSignedHeaders,
  joinSignedHeaders,
  MAX_SIGNED_HEADERS,
  parseSignedHeaders,
} from './signed-headers.js'

const invalid = { code: 'signed_headers_invalid', part: 'SignedHeaders' }
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `x-h${String(i).padStart(3, '0')}`)
const names = fc.array(textOf(TOKEN_CHARACTERS, 1, 10), { minLength: 1, maxLength: MAX_SIGNED_HEADERS })

describe('parseSignedHeaders', () => {
  it.each([
    'host',
    'host;x-partner-date',
    'x-order;x-order-id',
    '__proto__;constructor',
    "!#$%&'*+-.^_`|~09az",
    'a;a-;a.;aa',
  ])('%s', list => expect(parseSignedHeaders(list)).toEqual(list.split(';')))

  it('accepts 64 names and refuses 65', () => {
    expect(parseSignedHeaders(numbered(64).join(';'))).toHaveLength(64)
    expect(refusal(() => parseSignedHeaders(numbered(65).join(';')))).toEqual(invalid)
    expect(refusalMessage(() => parseSignedHeaders(numbered(65).join(';')))).toContain('65 headers')
  })

  it.each([
    ['', 'an empty entry'],
    ['host;', 'an empty entry'],
    ['host;;x-a', 'an empty entry'],
    ['x-a;host', '"host" stands after "x-a"'],
    ['x-order-id;x-order', 'Sort the names'],
    ['host;host', '"host" stands twice'],
    ['Host', 'is not in lower case'],
    ['host;x-a\n', 'is no header name'],
    ['host; x-a', 'is no header name'],
    ['host,x-a', 'is no header name'],
    ['host;x-ä', 'is no header name'],
    ['host;x-\u212a', 'is not in lower case'],
    ['host;x:a', 'is no header name'],
  ])('refuses %j and says why', (list, words) => {
    expect(refusal(() => parseSignedHeaders(list))).toEqual(invalid)
    expect(refusalMessage(() => parseSignedHeaders(list))).toContain(words)
  })

  it('accepts a changed list only if it is what formatSignedHeaders makes of its names', () => {
    check(
      fc.property(nearly(names.map(formatSignedHeaders)), list => {
        if (refusal(() => parseSignedHeaders(list)) !== undefined) return
        expect(formatSignedHeaders(parseSignedHeaders(list))).toBe(list)
      }),
      2000,
    )
  })
})

describe('joinSignedHeaders', () => {
  it('is the list as it is signed', () => {
    expect(joinSignedHeaders(['host', 'x-a', 'x-b'])).toBe('host;x-a;x-b')
    expect(joinSignedHeaders(['host'])).toBe('host')
    expect(joinSignedHeaders([])).toBe('')
  })
})

describe('formatSignedHeaders', () => {
  it('lower-cases, sorts and drops repeated names', () => {
    expect(formatSignedHeaders(['X-Partner-Date', 'Host', 'HOST', 'Content-Type'])).toBe(
      'content-type;host;x-partner-date',
    )
    expect(formatSignedHeaders(new Set(['x-order-id', 'X-Order']))).toBe('x-order;x-order-id')
  })

  it.each([[[]], [['']], [['x a']], [['x;a']], [['x-ä']], [['X-\u212aey']], [['x\n']], [numbered(65)]])(
    'refuses %j',
    list => expect(refusal(() => formatSignedHeaders(list))).toEqual(invalid),
  )

  it('is the inverse of parseSignedHeaders', () => {
    check(
      fc.property(names, list => {
        const sorted = [...new Set(list)].sort()
        expect(parseSignedHeaders(formatSignedHeaders(list))).toEqual(sorted)
      }),
    )
  })
})
