// Both halves of the #sha256 seam against published values, against OpenSSL's own HMAC, and against each other.
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteText, check } from '../test/property.js'
import * as noble from './sha256.noble.js'
import * as node from './sha256.node.js'

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

// RFC 4231 §4; test case 5 asks for the first 128 bits only.
const RFC4231 = [
  [
    '1',
    '0b'.repeat(20),
    '4869205468657265',
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  ],
  [
    ...['2', '4a656665', '7768617420646f2079612077616e7420666f72206e6f7468696e673f'],
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  ['3', 'aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    ...['4', '0102030405060708090a0b0c0d0e0f10111213141516171819', 'cd'.repeat(50)],
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  ['5', '0c'.repeat(20), '546573742057697468205472756e636174696f6e', 'a3b6167473100ee06e0c796c2955552b'],
  [
    ...[
      '6',
      'aa'.repeat(131),
      '54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374',
    ],
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    ...['7', 'aa'.repeat(131)],
    '5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
] as const

// FIPS 180-4 example values, published by NIST; the empty string by many.
const FIPS180 = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const

describe.each([
  ['node', node],
  ['noble', noble],
] as const)('sha256.%s', (_, backend) => {
  const { createHmacKey, hmacBytes, hmacHex, sha256Hex, sha256HexOfText } = backend as typeof node

  it.each(RFC4231)('RFC 4231 test case %s', (_case, key, data, mac) => {
    expect(hmacHex(createHmacKey(hex(key)), latin1(hex(data))).slice(0, mac.length)).toBe(mac)
  })

  it.each(FIPS180.map(([text, digest]) => [text.slice(0, 8), text, digest] as const))(
    'FIPS 180-4 "%s…"',
    (_start, text, digest) => {
      expect(sha256Hex(Buffer.from(text))).toBe(digest)
      expect(sha256HexOfText(text)).toBe(digest)
    },
  )

  it('takes one byte for one character, for all 256 values', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_byte, i) => i)
    const expected = createHash('sha256').update(bytes).digest('hex')
    expect(sha256HexOfText(latin1(bytes))).toBe(expected)
    for (const byte of bytes) {
      const one = createHmac('sha256', 'key').update(Uint8Array.of(byte)).digest('hex')
      expect(hmacHex(createHmacKey(Buffer.from('key')), String.fromCharCode(byte))).toBe(one)
    }
  })

  it.each([0, 1, 55, 56, 63, 64, 65, 8191, 8192, 8193, 8256, 100_000])('text of %i characters', length => {
    const text = 'a\xffb\x80'.repeat(length / 4 + 1).slice(0, length)
    const bytes = Buffer.from(text, 'latin1')
    expect(sha256HexOfText(text)).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(hmacHex(createHmacKey(bytes), text)).toBe(createHmac('sha256', bytes).update(bytes).digest('hex'))
  })

  it('a key can be used again, in between with others, and what it returned does not change', () => {
    const first = createHmacKey(Buffer.from('first'))
    const second = createHmacKey(Buffer.from('second'))
    const before = hmacBytes(first, 'text')
    const copy = Buffer.from(before).toString('hex')
    hmacBytes(second, 'another and longer text')
    expect(Buffer.from(before).toString('hex')).toBe(copy)
    expect(hmacHex(first, 'text')).toBe(copy)
  })

  it('a key does not see later changes of the bytes it was made from', () => {
    const bytes = Buffer.from('a key that is wiped after use')
    const key = createHmacKey(bytes)
    const before = hmacHex(key, 'text')
    bytes.fill(0)
    expect(hmacHex(key, 'text')).toBe(before)
  })

  it("agrees with OpenSSL's HMAC on random keys and texts", () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 200 }), byteText, (key, text) => {
        const expected = createHmac('sha256', key).update(text, 'latin1').digest('hex')
        expect(hmacHex(createHmacKey(key), text)).toBe(expected)
        expect(Buffer.from(hmacBytes(createHmacKey(key), text)).toString('hex')).toBe(expected)
      }),
    )
  })
})

describe('node and noble', () => {
  it('give equal results for random bytes, texts and keys', () => {
    const longText = fc.tuple(byteText, fc.nat(60)).map(([text, times]) => text.repeat(times))
    check(
      fc.property(fc.uint8Array({ maxLength: 300 }), longText, (bytes, text) => {
        expect(node.sha256Hex(bytes)).toBe(noble.sha256Hex(bytes))
        expect(node.sha256HexOfText(text)).toBe(noble.sha256HexOfText(text))
        const keys = [node.createHmacKey(bytes), noble.createHmacKey(bytes)] as const
        expect(node.hmacHex(keys[0], text)).toBe(noble.hmacHex(keys[1], text))
        expect(Buffer.from(node.hmacBytes(keys[0], text))).toEqual(
          Buffer.from(noble.hmacBytes(keys[1], text)),
        )
      }),
      300,
    )
  })
})
