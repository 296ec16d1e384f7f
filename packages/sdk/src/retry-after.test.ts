import { describe, expect, it } from 'vitest'
import { parseHttpDate, parseRetryAfter } from './retry-after.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)

describe('parseRetryAfter', () => {
  it.each([
    ['seconds', '120', 120_000],
    ['zero seconds', '0', 0],
    ['a date ahead', 'Sat, 21 Nov 2026 23:31:00 GMT', 20_000],
    ['a huge number', '999999999999999', 999_999_999_999_999_000],
    ['white space around', ' 5 ', 5000],
    ['a date that has passed', 'Sat, 21 Nov 2026 23:30:00 GMT', undefined],
    ['this very moment', 'Sat, 21 Nov 2026 23:30:40 GMT', undefined],
    ['negative seconds', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['an exponent', '1e3', undefined],
    ['a number beyond any use', '9'.repeat(400), undefined],
    ['garbage', 'soon', undefined],
    ['an ISO date', '2026-11-21T23:31:00Z', undefined],
    ['a day that does not exist', 'Sat, 31 Feb 2026 99:31:00 GMT', undefined],
    ['nothing', '', undefined],
    ['no header', undefined, undefined],
  ])('%s', (_, value, expected) => {
    expect(parseRetryAfter(value, NOW)).toBe(expected)
  })
})

it('parseHttpDate reads the one form that is still sent', () => {
  expect(parseHttpDate('Sat, 21 Nov 2026 23:30:40 GMT')).toBe(NOW)
  expect(parseHttpDate('Saturday, 21-Nov-26 23:30:40 GMT')).toBeUndefined()
  expect(parseHttpDate('Sat Nov 21 23:30:40 2026')).toBeUndefined()
})
