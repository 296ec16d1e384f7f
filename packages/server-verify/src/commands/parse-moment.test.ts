import { expect, test } from 'vitest'
import { parseDuration, parseMoment } from './parse-moment.js'

test.each([
  ['0', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', '7', 'd', '-7d', '7 d', '7D', '1.5h', '1y', '1e3s', '9999999d'])('%j is no duration', text => {
  expect(() => parseDuration(text)).toThrow()
})

// Expected values by `date -u -d … +%s`.
test.each([
  ['2027-01-01T00:00:00Z', 1_798_761_600_000],
  ['2027-01-01T00:30:00+01:00', 1_798_759_800_000],
  ['2026-12-31T23:30:00-01:00', 1_798_763_400_000],
  ['2028-02-29T12:00:00.250Z', 1_835_438_400_250],
  ['7d', 604_800_500],
])('%s', (text, ms) => {
  expect(parseMoment(text, 500)).toBe(ms)
})

test.each([
  '2027-02-29T00:00:00Z',
  '2027-02-30T23:30:00-01:00',
  '2027-13-01T00:00:00Z',
  '2027-01-01',
  '2027-01-01T25:00:00Z',
  'tomorrow',
])('%s is no moment', text => {
  expect(() => parseMoment(text, 0)).toThrow()
})
