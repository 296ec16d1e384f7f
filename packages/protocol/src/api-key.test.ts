import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText, check } from '../test/property.js'
import { ApiKeyError, formatApiKey, parseApiKey } from './api-key.js'

// The checksum is Python's: zlib.crc32(b'pk_live_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi') in base62.
const KEY = 'pk_live_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi0cPRIa'
const PARTS = {
  environment: 'live',
  keyId: 'demoAcmeKey1',
  secret: 'NotASecretOnlyForVectors0123456789abcdefghi',
}

const base62 = (form: string): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[0-9A-Za-z]${form}$`))
const anyKey = fc.record({
  environment: fc.stringMatching(/^[a-z]{1,12}$/),
  keyId: base62('{8,64}'),
  secret: base62('{43}'),
})

function partOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (!(error instanceof ApiKeyError)) throw error
    expect([error.name, error.code]).toEqual(['ApiKeyError', 'api_key_invalid'])
    return error.part
  }
  return undefined
}

describe('formatApiKey', () => {
  it('writes the parts and the checksum', () => expect(formatApiKey(PARTS)).toBe(KEY))

  it.each([
    ['environment', 'LIVE'],
    ['environment', ''],
    ['keyId', 'short'],
    ['keyId', 'with_underscore'],
    ['secret', 'short'],
    ['secret', `${PARTS.secret}0`],
  ])('refuses the %s %j', (part, value) => {
    expect(partOf(() => formatApiKey({ ...PARTS, [part]: value }))).toBe(part)
  })
})

describe('parseApiKey', () => {
  it('reads what was written', () => {
    expect(parseApiKey(KEY)).toEqual(PARTS)
    check(
      fc.property(anyKey, key => {
        expect(parseApiKey(formatApiKey(key))).toEqual({ ...key })
      }),
    )
  })

  it('refuses a key in which one character was mistyped', () => {
    check(
      fc.property(anyKey, fc.nat(), base62(''), (key, place, typed) => {
        const text = formatApiKey(key)
        const at = place % text.length
        fc.pre(text[at] !== typed)
        expect(partOf(() => parseApiKey(text.slice(0, at) + typed + text.slice(at + 1)))).toBeDefined()
      }),
    )
  })

  it('refuses a key in which two neighbours changed places', () => {
    check(
      fc.property(anyKey, fc.nat(), (key, place) => {
        const text = formatApiKey(key)
        const at = place % (text.length - 1)
        fc.pre(text[at] !== text[at + 1])
        const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
        expect(partOf(() => parseApiKey(swapped))).toBeDefined()
      }),
    )
  })

  it('returns a key or throws its own error for any text, and shows none of it', () => {
    check(fc.property(anyText, text => void partOf(() => parseApiKey(text))))
    expect(() => parseApiKey(`${KEY.slice(0, -1)}0`)).toThrow(/^(?!.*NotASecret)/s)
  })
})
