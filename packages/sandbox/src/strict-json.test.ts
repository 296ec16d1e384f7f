import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson, StrictJsonError } from './strict-json.js'

const parse = (text: string) => parseStrictJson(Buffer.from(text))
const reasonOf = (body: string | Uint8Array) => {
  try {
    parseStrictJson(typeof body === 'string' ? Buffer.from(body) : body)
  } catch (error) {
    if (error instanceof StrictJsonError) return `${error.reason} ${error.pointer}`.trim()
    throw error
  }
  return 'accepted'
}

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom('', ' ', '\n\t\r'), (value, space) => {
        const text = space + JSON.stringify(value, undefined, space.length) + space
        // Without prototype, so compared as JSON.
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it('refuses whatever JSON.parse refuses', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '01',
      '1.',
      '.5',
      'tru',
      'true',
      'NaN',
      ' ',
      '\u00a0',
      "'",
      '\\u12',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 7 }), parts => {
        const text = parts.join('')
        if (reasonOf(text) !== 'accepted') return
        JSON.parse(text)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['{"a":1,"a":1}', 'duplicate_key /a'],
    ['{"a":1,"\\u0061":1}', 'duplicate_key /a'],
    ['{"a":[{"b/~":1,"b/~":2}]}', 'duplicate_key /a/0/b~1~0'],
    ['{"__proto__":1}', 'forbidden_key /__proto__'],
    ['["\\ud800"]', 'text_not_well_formed /0'],
    ['{"\\udc00":1}', 'text_not_well_formed'],
    ['[1e999]', 'number_out_of_range /0'],
    ['\ufeff{}', 'syntax'],
    ['', 'syntax'],
    ['{} {}', 'syntax'],
    ['{"a":1,}', 'syntax'],
    ['[1,]', 'syntax /1'],
    ['["a\nb"]', 'syntax /0'],
    ["{'a':1}", 'syntax'],
    ['[1] // comment', 'syntax'],
  ])('refuses %j: %s', (text, reason) => expect(reasonOf(text)).toBe(reason))

  it('refuses bytes that are not UTF-8, overlong forms and surrogates among them', () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]])
      expect(reasonOf(Buffer.from([0x22, ...bytes, 0x22]))).toBe('not_utf8')
  })

  it('takes 17 levels and not 18, and a million brackets at once', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
    expect(reasonOf(nested(17))).toBe('accepted')
    expect(reasonOf(nested(18))).toMatch(/^too_deep /)
    expect(reasonOf('['.repeat(1_000_000))).toMatch(/^too_deep /)
  })

  it('gives objects that no name can turn into something else', () => {
    const object = parse('{"constructor":1,"toString":2,"hasOwnProperty":3}')
    expect(Object.getPrototypeOf(object)).toBeNull()
    expect(JSON.stringify(object)).toBe('{"constructor":1,"toString":2,"hasOwnProperty":3}')
  })
})
