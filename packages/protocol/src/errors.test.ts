import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyText, check } from '../test/property.js'
import { ProtocolError, quoteFragment } from './errors.js'

describe('ProtocolError', () => {
  it('is an Error with a name, a code and a part', () => {
    const error = new ProtocolError('timestamp_invalid', 'day', 'There is no such day.')
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.part, error.message]).toEqual([
      ...['ProtocolError', 'timestamp_invalid', 'day', 'There is no such day.'],
    ])
  })
})

describe('quoteFragment', () => {
  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['a"b\\c', '"a\\u0022b\\u005cc"'],
    ['a\r\nb\0', '"a\\u000d\\u000ab\\u0000"'],
    ['\x1b[31m', '"\\u001b[31m"'],
    ['é…\ud83d', '"\\u00e9\\u2026\\ud83d"'],
    ['x'.repeat(40), `"${'x'.repeat(40)}"`],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
    // Nothing that may be a secret in the wrong place; names are shown.
    ['wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '"… 40 characters …"'],
    ['cursor=00112233445566778899aabbccddeeff', '"… 39 characters …"'],
    ['pk_live_abcdefgh_0123456789', '"… 27 characters …"'],
    ['x-partner-content-sha256', '"x-partner-content-sha256"'],
    ['x-amz-server-side-encryption-customer-key', '"x-amz-server-side-encryption-customer-ke…"'],
    ['20261121/live/orders', '"20261121/live/orders"'],
    ['20261121T233040Z', '"20261121T233040Z"'],
  ])('%j', (text, quoted) => expect(quoteFragment(text)).toBe(quoted))

  it('is one short printable line for any text', () => {
    check(
      fc.property(anyText, text => {
        const quoted = quoteFragment(text)
        expect(quoted).toMatch(/^"(?:[\x20-\x7e]*…?|… [0-9]+ characters …)"$/)
        expect(quoted.slice(1, -1)).not.toContain('"')
        expect(quoted.length).toBeLessThanOrEqual(40 * 6 + 3)
      }),
    )
  })
})
