import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check } from '../test/property.js'
import { percentEncode, percentEncodeByte } from './percent-encode.js'

// Recorded from Python 3.11: urllib.parse.quote(text, safe='')
const QUOTED = [
  ['', ''],
  ['a', 'a'],
  ['AZaz09-._~', 'AZaz09-._~'],
  [' ', '%20'],
  ['+', '%2B'],
  ['a b+c', 'a%20b%2Bc'],
  [
    '!"#$%&\'()*+,/:;<=>?@[\\]^`{|}',
    '%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D',
  ],
  ['%', '%25'],
  ['%20', '%2520'],
  ['\u0000\u0001\u001f\u007f', '%00%01%1F%7F'],
  ['\t\n\r', '%09%0A%0D'],
  ['\u00e9', '%C3%A9'],
  ['\u20ac', '%E2%82%AC'],
  ['\u65e5\u672c', '%E6%97%A5%E6%9C%AC'],
  ['\ud83d\udce6', '%F0%9F%93%A6'],
  [
    '\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff',
    '%C2%80%DF%BF%E0%A0%80%EF%BF%BF%F0%90%80%80%F4%8F%BF%BF',
  ],
  ['a\u00a0b', 'a%C2%A0b'],
  ['e\u0301', 'e%CC%81'],
  ['\ufeff', '%EF%BB%BF'],
  ['~/.x', '~%2F.x'],
] as const

describe('percentEncode', () => {
  it.each(QUOTED)('%j as Python quotes it', (text, quoted) => expect(percentEncode(text)).toBe(quoted))

  it.each(['\ud800', '\udc00', 'a\udfffb', '\udc00\ud800', '\ud83d\ud83d\udce6'])(
    'refuses the lone surrogate in %j',
    text => {
      expect(() => percentEncode(text)).toThrow(URIError)
      expect(() => percentEncode(text)).toThrow('lone surrogate')
    },
  )

  it('leaves exactly the 66 unreserved characters of RFC 3986 §2.3', () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    expect(ascii.filter(char => percentEncode(char) === char).join('')).toBe(
      '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~',
    )
  })

  it('is the inverse of decodeURIComponent and leaves only unreserved bytes and upper-case escapes', () => {
    check(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const encoded = percentEncode(text)
        expect(encoded).toMatch(/^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/)
        expect(decodeURIComponent(encoded)).toBe(text)
      }),
    )
  })
})

describe('percentEncodeByte', () => {
  it('writes two upper-case digits for each of the 256 bytes', () => {
    for (let byte = 0; byte < 256; byte++)
      expect(percentEncodeByte(byte)).toBe(`%${Buffer.of(byte).toString('hex').toUpperCase()}`)
  })
})
