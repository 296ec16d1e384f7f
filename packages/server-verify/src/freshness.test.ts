import { describe, expect, it } from 'vitest'
import { assertFresh, assertFreshness, DEFAULT_FRESHNESS, isFresh } from './freshness.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)
const window = { pastSeconds: 60, futureSeconds: 10 }

describe('isFresh', () => {
  it.each([
    [-60_001, false],
    [-60_000, true],
    [0, true],
    [10_000, true],
    [10_001, false],
  ])('%d ms from now in a window of 60 s behind and 10 s ahead: %s', (offset, fresh) => {
    expect(isFresh(NOW + offset, window, NOW)).toBe(fresh)
  })

  it('is false for anything that is no number', () => {
    expect(isFresh(Number.NaN, window, NOW)).toBe(false)
    expect(isFresh(NOW, window, Number.NaN)).toBe(false)
    expect(isFresh(NOW, { pastSeconds: Number.NaN, futureSeconds: 1 }, NOW)).toBe(false)
    expect(isFresh(NOW, { pastSeconds: 1, futureSeconds: Number.NaN }, NOW)).toBe(false)
  })

  it('the window of spec §10 is 300 s to both sides', () => {
    expect(DEFAULT_FRESHNESS).toEqual({ pastSeconds: 300, futureSeconds: 300 })
  })
})

describe('assertFresh', () => {
  it('lets both ends of the window pass', () => {
    expect(() => assertFresh(NOW - 60_000, window, NOW)).not.toThrow()
    expect(() => assertFresh(NOW + 10_000, window, NOW)).not.toThrow()
  })

  it.each([
    [-61_400, "The signed time is 61 s behind the server's clock; 60 s behind and 10 s ahead are accepted."],
    [11_600, "The signed time is 12 s ahead of the server's clock; 60 s behind and 10 s ahead are accepted."],
  ])('%d ms: says how far off, what is accepted, and the time of the server', (offset, message) => {
    expect(() => assertFresh(NOW + offset, window, NOW)).toThrow(
      expect.objectContaining({
        ...{ code: 'clock_skew', part: 'timestamp', serverTimeMs: NOW },
        message: expect.stringContaining(message),
      }),
    )
  })
})

describe('assertFreshness', () => {
  it.each([
    [0, 0],
    [86_400, 86_400],
    [300, 0],
  ])('%d and %d are sound', (pastSeconds, futureSeconds) => {
    const freshness = { pastSeconds, futureSeconds }
    expect(assertFreshness(freshness)).toBe(freshness)
  })

  it.each([-1, 86_401, Number.NaN, Number.POSITIVE_INFINITY])('%d is not, on either side', seconds => {
    for (const freshness of [
      { pastSeconds: seconds, futureSeconds: 1 },
      { pastSeconds: 1, futureSeconds: seconds },
    ]) {
      expect(() => assertFreshness(freshness)).toThrow(RangeError)
      expect(() => assertFreshness(freshness)).toThrow('0 to 86400 seconds')
    }
  })
})
