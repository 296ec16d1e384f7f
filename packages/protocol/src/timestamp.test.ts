import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, refusal, refusalMessage } from '../test/property.js'
import { formatTimestamp, parseTimestamp } from './timestamp.js'

const FIRST = Date.parse('0000-01-01T00:00:00.000Z')
const LAST = Date.parse('9999-12-31T23:59:59.999Z')
const invalid = (part: string): object => ({ code: 'timestamp_invalid', part })

describe('formatTimestamp', () => {
  it.each([
    [0, '19700101T000000Z'],
    [999, '19700101T000000Z'],
    [-1, '19691231T235959Z'],
    [FIRST, '00000101T000000Z'],
    [LAST, '99991231T235959Z'],
    [Date.UTC(2026, 10, 21, 23, 30, 40, 500), '20261121T233040Z'],
  ])('%d', (epochMs, text) => expect(formatTimestamp(epochMs)).toBe(text))

  it.each([Number.NaN, Infinity, -Infinity, FIRST - 1, LAST + 1, 8.64e15 + 1])('refuses %d', epochMs => {
    expect(refusal(() => formatTimestamp(epochMs))).toEqual(invalid('year'))
    expect(refusalMessage(() => formatTimestamp(epochMs))).toContain('years 0000 to 9999')
  })
})

describe('parseTimestamp', () => {
  it('agrees with Date for every day of years that are and are not leap years', () => {
    for (const year of [0, 4, 99, 100, 400, 1582, 1900, 1970, 2000, 2024, 2026, 2100, 9999]) {
      const yyyy = String(year).padStart(4, '0')
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const [mm, dd] = [String(month).padStart(2, '0'), String(day).padStart(2, '0')]
          // Date.parse accepts 30 February as 2 March: only what comes back unchanged exists.
          const epochMs = Date.parse(`${yyyy}-${mm}-${dd}T12:34:56.000Z`)
          const exists =
            !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(`${yyyy}-${mm}-${dd}`)
          const text = `${yyyy}${mm}${dd}T123456Z`
          if (exists) expect(parseTimestamp(text)).toBe(epochMs)
          else
            expect(refusal(() => parseTimestamp(text))).toEqual(
              invalid(month < 1 || month > 12 ? 'month' : 'day'),
            )
        }
      }
    }
  })

  it('is the inverse of formatTimestamp, to the second', () => {
    check(
      fc.property(fc.integer({ min: FIRST, max: LAST }), epochMs => {
        expect(parseTimestamp(formatTimestamp(epochMs))).toBe(Math.floor(epochMs / 1000) * 1000)
      }),
      2000,
    )
  })

  it('accepts a random sixteen-character form only if Date knows the moment', () => {
    const digits = (max: number): fc.Arbitrary<string> => fc.nat(max).map(n => String(n).padStart(2, '0'))
    const parts = fc.tuple(digits(99), digits(99), digits(14), digits(33), digits(26), digits(62), digits(62))
    check(
      fc.property(parts, ([century, year, month, day, hour, minute, second]) => {
        const text = `${century}${year}${month}${day}T${hour}${minute}${second}Z`
        const iso = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
        const epochMs = Date.parse(iso)
        if (!Number.isNaN(epochMs) && new Date(epochMs).toISOString() === iso) {
          expect(parseTimestamp(text)).toBe(epochMs)
        } else expect(refusal(() => parseTimestamp(text))?.code).toBe('timestamp_invalid')
      }),
      2000,
    )
  })

  it.each([
    ['20261321T000000Z', 'month', '"20261321T000000Z" has no month 13'],
    ['20260230T000000Z', 'day', '"20260230T000000Z" has no day 30 in month 2'],
    ['20261121T240000Z', 'hour', '"20261121T240000Z" has no hour 24'],
    ['20261121T236000Z', 'minute', '"20261121T236000Z" has no minute 60'],
    ['20261121T235960Z', 'second', '"20261121T235960Z" has no second 60'],
    ['20261121T233040Z\n', 'form', 'must have the form yyyymmddThhmmssZ'],
    ['\n20261121T233040Z', 'form', '"\\u000a20261121T233040Z"'],
    ['20261121T233040Z\0', 'form', '\\u0000'],
    ['', 'form', 'yyyymmddThhmmssZ'],
    ['２０２６１１２１T233040Z', 'form', 'yyyymmddThhmmssZ'],
  ])('refuses %j for its %s and says so', (text, part, words) => {
    expect(refusal(() => parseTimestamp(text))).toEqual(invalid(part))
    expect(refusalMessage(() => parseTimestamp(text))).toContain(words)
  })

  it('shows a hostile value escaped and shortened', () => {
    const message = refusalMessage(() => parseTimestamp(`\r\n${'x'.repeat(5000)}`))
    expect(message).toMatch(/^[\x20-\x7e…]{1,200}$/)
  })
})
