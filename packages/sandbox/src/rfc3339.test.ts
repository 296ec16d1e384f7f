import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRfc3339 } from './rfc3339.js'

const iso = (text: string) => {
  const moment = parseRfc3339(text)
  return moment === undefined ? undefined : new Date(moment).toISOString()
}

describe('parseRfc3339', () => {
  it.each([
    ['2026-11-21T23:30:40Z', '2026-11-21T23:30:40.000Z'],
    ['2026-11-21t23:30:40z', '2026-11-21T23:30:40.000Z'],
    ['2026-11-21T23:30:40.1Z', '2026-11-21T23:30:40.100Z'],
    ['2026-11-21T23:30:40.1239999Z', '2026-11-21T23:30:40.123Z'],
    ['2026-11-22T00:30:40+01:00', '2026-11-21T23:30:40.000Z'],
    ['2026-11-21T18:00:40-05:30', '2026-11-21T23:30:40.000Z'],
    ['2024-02-29T00:00:00-00:00', '2024-02-29T00:00:00.000Z'],
  ])('reads %s as %s', (text, expected) => expect(iso(text)).toBe(expected))

  it.each([
    '2026-11-21',
    '2026-11-21T23:30Z',
    '2026-11-21T23:30:40',
    '2026-11-21 23:30:40Z',
    '2026-11-21T23:30:40+0100',
    '2026-11-21T23:30:40+01',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T23:60:00Z',
    '2026-11-21T23:59:60Z',
    '2026-11-21T23:30:40+24:00',
    '2026-11-21T23:30:40+01:60',
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59-01:00',
    '٢٠٢٦-11-21T23:30:40Z',
    '2026-11-21T23:30:40Z\n',
    `2026-11-21T23:30:40.${'0'.repeat(100)}Z`,
    '',
  ])('refuses %j', text => expect(iso(text)).toBeUndefined())

  it('is the inverse of toISOString', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), moment => {
        expect(parseRfc3339(new Date(moment).toISOString())).toBe(moment)
      }),
    )
  })
})
