import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, nearly, refusal, refusalMessage, textOf } from '../test/property.js'
import { createCanonicalQuery, formatQuery } from './canonical-query.js'

const notCanonical = { code: 'query_not_canonical', part: 'query' }
const text = fc.string({ unit: 'binary', maxLength: 8 })
const pairs = fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), text), {
  selector: ([name]) => name,
  maxLength: 8,
})

describe('createCanonicalQuery', () => {
  it.each([
    '',
    'a=',
    'a=1',
    'a=1&b=2',
    'a=1&a-b=2&ab=3',
    'A=1&_=2&a=3&~=4',
    '%C3%A9=1&a=2',
    'a=%00%FF',
    'order=1&order-id=2',
    'p10=1&p2=2',
    '__proto__=1&constructor=2',
  ])('%s is itself', query => expect(createCanonicalQuery(query)).toBe(query))

  it.each([
    ['b=1&a=2', '"a" stands after "b"'],
    ['a=1&a=2', 'the name "a" stands twice'],
    ['a-b=1&a=2', 'Sort the pairs by name'],
    ['ab=1&a-b=2', 'Sort the pairs by name'],
    ['a', 'Send "name="'],
    ['a=b=c', 'Send %3D'],
    ['=1', 'no name'],
    ['&', 'an empty pair'],
    ['a=1&', 'an empty pair'],
    ['a=b+c', 'Send %20 for a space'],
    ['a=%c3', 'upper-case hex'],
    ['a=%2f', 'upper-case hex'],
    ['a=%41', 'Send the character itself'],
    ['%7E=1', 'escapes "~" as %7E'],
    ['a=%', 'incomplete percent-escape'],
    ['a=%2', 'incomplete percent-escape'],
    ['a=%GG', 'incomplete percent-escape'],
    ['a%=1', 'incomplete percent-escape'],
    ['a%2=1', 'incomplete percent-escape'],
    ['%4%41=1', 'incomplete percent-escape'],
    ['a=1\n', 'must be percent-encoded'],
    ['a=\u0130', 'must be percent-encoded'],
    ['a=/', 'must be percent-encoded'],
  ])('refuses %j and says what to change', (query, words) => {
    expect(refusal(() => createCanonicalQuery(query))).toEqual(notCanonical)
    expect(refusalMessage(() => createCanonicalQuery(query))).toContain(words)
  })

  it('accepts a changed query only if its names ascend and each part has the one encoding of its bytes', () => {
    const canonical = fc
      .array(fc.tuple(textOf('abAB-~', 1, 3), textOf('abc09', 0, 4)), { maxLength: 4 })
      .map(list => {
        return formatQuery(new Map(list))
      })
    check(
      fc.property(nearly(canonical), query => {
        if (query === '' || refusal(() => createCanonicalQuery(query)) !== undefined) return
        const pairs = query.split('&').map(pair => pair.split('='))
        const names = pairs.map(([name]) => name!)
        expect(pairs.every(pair => pair.length === 2)).toBe(true)
        expect(names.includes('')).toBe(false)
        expect(names).toEqual([...new Set(names)].sort())
        for (const part of pairs.flat()) expect(encodeBytes(decodeBytes(part))).toBe(part)
      }),
      2000,
    )
  })
})

describe('formatQuery', () => {
  it('encodes and sorts by encoded name', () => {
    expect(
      formatQuery([
        ['status', 'in transit'],
        ['limit', '50'],
      ]),
    ).toBe('limit=50&status=in%20transit')
    expect(
      formatQuery([
        ['é', '+'],
        ['a', '/'],
        ['Z', ''],
      ]),
    ).toBe('%C3%A9=%2B&Z=&a=%2F')
    expect(formatQuery([])).toBe('')
    expect(formatQuery(new Map([['a', '1']]))).toBe('a=1')
  })

  it('sorts names, not pairs', () => {
    expect(
      formatQuery([
        ['a-b', '2'],
        ['ab', '3'],
        ['a', '1'],
      ]),
    ).toBe('a=1&a-b=2&ab=3')
  })

  it.each([
    [[['', '1']]],
    [
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ] as [[string, string][]][])('refuses %j', list => {
    expect(refusal(() => formatQuery(list))).toEqual(notCanonical)
  })

  it('refuses a lone surrogate', () => expect(() => formatQuery([['a', '\ud800']])).toThrow(URIError))

  it('gives what createCanonicalQuery accepts and URLSearchParams reads back', () => {
    check(
      fc.property(pairs, list => {
        const query = formatQuery(list)
        expect(createCanonicalQuery(query)).toBe(query)
        expect(new Map(new URLSearchParams(query))).toEqual(new Map(list))
      }),
    )
  })
})

const decodeBytes = (part: string): string =>
  part.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
const encodeBytes = (bytes: string): string =>
  bytes.replace(/[^A-Za-z0-9._~-]/g, byte => `%${Buffer.from(byte, 'latin1').toString('hex').toUpperCase()}`)
