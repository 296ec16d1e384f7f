import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyText,
  byteText,
  check,
  refusal,
  refusalMessage,
  TOKEN_CHARACTERS,
  textOf,
} from '../test/property.js'
import { createCanonicalHeaders, createCanonicalHeaderValue, type HeaderPair } from './canonical-headers.js'

describe('createCanonicalHeaderValue', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['a b', 'a b'],
    [' \t a \t ', 'a'],
    ['a   b  c', 'a b c'],
    ['"a   b"', '"a b"'],
    [' ', ''],
    ['\t', ''],
    ['\xa0a\xa0', '\xa0a\xa0'],
    ['\x85', '\x85'],
    [' \xa0 ', '\xa0'],
    ['a\xa0\xa0b', 'a\xa0\xa0b'],
  ])('%j becomes %j', (value, canonical) => {
    expect(createCanonicalHeaderValue('x-a', value)).toBe(canonical)
  })

  it('keeps every byte 0x21 to 0xFF but 0x7F', () => {
    for (let byte = 0x21; byte <= 0xff; byte++) {
      const char = String.fromCharCode(byte)
      if (byte !== 0x7f) expect(createCanonicalHeaderValue('x-a', char)).toBe(char)
    }
  })

  it('refuses every control character inside, and at the ends all but the tab', () => {
    for (let byte = 0; byte <= 0x7f; byte++) {
      if (byte >= 0x20 && byte !== 0x7f) continue
      const char = String.fromCharCode(byte)
      const values = [`a${char}b`, ...(char === '\t' ? [] : [char, `a${char}`, `${char}a`])]
      for (const value of values) {
        expect(refusal(() => createCanonicalHeaderValue('x-a', value))).toEqual({
          code: 'header_invalid',
          part: 'x-a',
        })
      }
    }
  })

  it.each(['\u0100', 'a\u2028', '日本', '\ud83d'])('refuses %j, which is no byte', value => {
    expect(refusal(() => createCanonicalHeaderValue('x-a', value))?.code).toBe('header_invalid')
  })

  it('says what stands in the way', () => {
    expect(refusalMessage(() => createCanonicalHeaderValue('x-a', 'a\tb'))).toContain(
      'a tab inside its value',
    )
    expect(refusalMessage(() => createCanonicalHeaderValue('x-a', 'a\nb'))).toContain('"\\u000a"')
  })

  it('puts a hostile name into part and message only escaped', () => {
    const name = 'x\r\nset-cookie: "a"'
    expect(refusal(() => createCanonicalHeaderValue(name, '\0'))?.part).toMatch(/^[\x21-\x7e ]+$/)
    expect(refusalMessage(() => createCanonicalHeaderValue(name, '\0'))).not.toMatch(/[\r\n]/)
  })

  it('is idempotent and never ends in blanks', () => {
    check(
      fc.property(fc.oneof(byteText, textOf(' \tab\xa0', 0, 12), anyText), value => {
        if (refusal(() => createCanonicalHeaderValue('x-a', value)) !== undefined) return
        const canonical = createCanonicalHeaderValue('x-a', value)
        expect(createCanonicalHeaderValue('x-a', canonical)).toBe(canonical)
        expect(canonical).not.toMatch(/^[ \t]|[ \t]$| {2}|[^\x20-\x7e\x80-\xff]/)
        expect(canonical.replaceAll(' ', '')).toBe(value.replace(/[ \t]/g, ''))
      }),
      2000,
    )
  })
})

describe('createCanonicalHeaders', () => {
  const host = ['Host', 'api.example.com:8443'] as const

  it('writes one line a name, in the order of the list', () => {
    const headers: HeaderPair[] = [['X-B', '2'], host, ['x-a', '1'], ['X-Unlisted', 'a\tb']]
    expect(createCanonicalHeaders(headers, ['host', 'x-a', 'x-b'])).toBe(
      'host:api.example.com:8443\nx-a:1\nx-b:2\n',
    )
    expect(createCanonicalHeaders(headers, [])).toBe('')
  })

  it('joins repeated headers in wire order, each value made canonical', () => {
    const headers: HeaderPair[] = [['X-A', 'b  b'], ['x-a', ' a '], ['X-a', ''], host]
    expect(createCanonicalHeaders(headers, ['x-a'])).toBe('x-a:b b,a,\n')
  })

  it('keeps names apart that are prefixes of one another', () => {
    const headers: HeaderPair[] = [
      ['X-Order-Id', '2'],
      ['X-Order', '1'],
    ]
    expect(createCanonicalHeaders(headers, ['x-order', 'x-order-id'])).toBe('x-order:1\nx-order-id:2\n')
    expect(refusal(() => createCanonicalHeaders([headers[0]!], ['x-order']))?.part).toBe('x-order')
    expect(refusalMessage(() => createCanonicalHeaders([headers[0]!], ['x-order']))).toContain(
      'lists "x-order", but the request has no such header',
    )
  })

  it('knows only headers that were sent, not properties that objects have', () => {
    for (const name of ['constructor', '__proto__', 'tostring', 'hasownproperty']) {
      expect(refusal(() => createCanonicalHeaders([host], [name]))).toEqual({
        ...{ code: 'signed_headers_invalid', part: name },
      })
      expect(createCanonicalHeaders([[name.toUpperCase(), 'a']], [name])).toBe(`${name}:a\n`)
    }
  })

  it('different lists of values never share a line, but where a comma is sent', () => {
    const value = textOf('ab ', 1, 4).map(text => text.trim())
    const list = fc.array(value, { minLength: 1, maxLength: 3 })
    check(
      fc.property(list, list, textOf(TOKEN_CHARACTERS, 1, 8), (first, second, name) => {
        const line = (values: string[]): string =>
          createCanonicalHeaders(
            values.map(v => [name, v] as const),
            [name],
          )
        const canonical = (values: string[]): string[] => values.map(v => createCanonicalHeaderValue(name, v))
        expect(line(first) === line(second)).toBe(canonical(first).join() === canonical(second).join())
        expect(line(first).split('\n')).toHaveLength(2)
      }),
    )
  })
})
