import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  anyText,
  check,
  nearly,
  refusal,
  refusalMessage,
  textOf,
  UNRESERVED_CHARACTERS,
} from '../test/property.js'
import { createCanonicalUri } from './canonical-uri.js'

const notCanonical = { code: 'target_not_canonical', part: 'path' }
const segment = textOf(UNRESERVED_CHARACTERS, 1, 12).filter(text => text !== '.' && text !== '..')
const plainPath = fc.array(segment, { maxLength: 6 }).map(segments => `/${segments.join('/')}`)

describe('createCanonicalUri', () => {
  it.each(['/', '/a', '/a/', '/v1/orders/A-1001/statuses', '/...', '/.a/a./a..b', '/~'])(
    '%s is itself',
    path => {
      expect(createCanonicalUri(path)).toBe(path)
      expect(createCanonicalUri(path, { escapedPaths: true })).toBe(path)
    },
  )

  it('is the path itself for every path of unreserved characters', () => {
    check(
      fc.property(plainPath, path => {
        expect(createCanonicalUri(path)).toBe(path)
      }),
    )
  })

  it.each([
    '',
    'a',
    '//',
    '/a//b',
    '/a//',
    '/.',
    '/..',
    '/a/./b',
    '/a/../b',
    '/a/..',
    '/a\n',
    '/a\n/b',
    '/é',
    '/a b',
    '/a\\b',
    '/\0',
  ])('refuses %j in both modes', path => {
    expect(refusal(() => createCanonicalUri(path))).toEqual(notCanonical)
    expect(refusal(() => createCanonicalUri(path, { escapedPaths: true }))).toEqual(notCanonical)
  })

  it.each(['/%2e', '/%2E%2E', '/.%2e/a', '/%2F', '/%2f', '/%5C', '/%00', '/%c3', '/%', '/%4', '/%G0', '/a%'])(
    'refuses %s with escapedPaths too',
    path => expect(refusal(() => createCanonicalUri(path, { escapedPaths: true }))).toEqual(notCanonical),
  )

  it.each([
    ['/o/A%20B', '/o/A%2520B'],
    ['/%25', '/%2525'],
    ["/!$&'()*+,;=:@", '/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40'],
    ['/%E6%97%A5', '/%25E6%2597%25A5'],
    ['/%2525', '/%252525'],
    ['/.a/a./..b/b../%20', '/.a/a./..b/b../%2520'],
    ['/%2Ea/b%2E', '/%252Ea/b%252E'],
  ])('%s becomes %s with escapedPaths, and is refused without', (path, uri) => {
    expect(createCanonicalUri(path, { escapedPaths: true })).toBe(uri)
    expect(refusal(() => createCanonicalUri(path))).toEqual(notCanonical)
  })

  it('is injective with escapedPaths: the path can be had back', () => {
    const anyEscape = fc.nat(255).map(byte => `%${Buffer.of(byte).toString('hex').toUpperCase()}`)
    const piece = fc.oneof(segment, anyEscape, fc.constantFrom('/', '!', ':', '@', '='))
    check(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const path = `/${pieces.join('')}`
        if (refusal(() => createCanonicalUri(path, { escapedPaths: true })) !== undefined) return
        const uri = createCanonicalUri(path, { escapedPaths: true })
        expect(decodeURIComponent(uri)).toBe(path)
        expect(uri).toMatch(/^\/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*$/)
      }),
    )
  })

  it('never returns anything but a plain path without escapedPaths', () => {
    check(
      fc.property(fc.oneof(anyText, nearly(plainPath)), path => {
        if (refusal(() => createCanonicalUri(path)) !== undefined) return
        expect(path).toMatch(/^(?:\/[A-Za-z0-9._~-]+)*\/?$/)
        expect(path.split('/').slice(1, -1)).not.toContain('')
        expect(path.split('/')).not.toContain('.')
        expect(path.split('/')).not.toContain('..')
      }),
      2000,
    )
  })

  it.each([
    ['/a%20b', 'it has a percent-escape at position 2: "%20"'],
    ['/a/b c', 'it has a character outside A-Z a-z 0-9 . _ ~ - / at position 4: " c"'],
    ['/a//b', 'an empty segment ("//") at position 2'],
    ['/a/../b', 'the dot segment ".."'],
    ['a', '"a" does not start with "/"'],
  ])('names what is wrong with %s', (path, words) => {
    expect(refusalMessage(() => createCanonicalUri(path))).toContain(words)
  })

  it.each([
    ['/a%2fb', 'the escape "%2f" at position 2'],
    ['/a%2Fb', 'the escape %2F at position 2'],
    ['/a|b', 'the character "|" at position 2'],
  ])('names what is wrong with %s with escapedPaths', (path, words) => {
    expect(refusalMessage(() => createCanonicalUri(path, { escapedPaths: true }))).toContain(words)
  })
})
