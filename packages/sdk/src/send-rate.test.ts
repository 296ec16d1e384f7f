import { describe, expect, it } from 'vitest'
import { SendRate } from './send-rate.js'

/** Sends as fast as the rate allows from `from` to `to`. @returns how many */
function sendAll(rate: SendRate, from: number, to: number): number {
  let sent = 0
  for (let now = from; now < to; ) {
    const delay = rate.delay(now)
    if (delay > 0) {
      now += delay
      continue
    }
    rate.sent(now)
    rate.answered(now)
    sent++
    now += 1
  }
  return sent
}

describe('SendRate', () => {
  it('does not limit before the first 429', () => {
    expect(sendAll(new SendRate(), 0, 1000)).toBe(1000)
  })

  it('goes down to 70 % of what was sent so far, then grows by a tenth a second', () => {
    const rate = new SendRate()
    for (let now = 0; now < 1000; now += 10) rate.sent(now)
    expect(rate.throttled(990, 1000, 0)).toBeCloseTo(70, 0)
    const perSecond = [1, 2, 3, 4].map(second => sendAll(rate, second * 1000, (second + 1) * 1000))
    for (const [index, sent] of perSecond.entries()) {
      expect(sent).toBeGreaterThanOrEqual(68 + index * 6)
      expect(sent).toBeLessThanOrEqual(78 + index * 8)
    }
  })

  it('does not grow while nobody has to wait for it', () => {
    const rate = new SendRate()
    for (let now = 0; now < 1000; now += 10) rate.sent(now)
    rate.throttled(990, 1000, 0)
    for (let now = 2000; now < 60_000; now += 100) {
      expect(rate.delay(now)).toBe(0)
      rate.sent(now)
      rate.answered(now)
    }
    expect(sendAll(rate, 60_000, 61_000)).toBeLessThan(80)
  })

  it('sends nothing while the server wants a pause', () => {
    const rate = new SendRate()
    rate.sent(0)
    rate.throttled(0, 100, 5000)
    expect(rate.delay(100)).toBe(5000)
    expect(rate.delay(5099)).toBeGreaterThan(0)
    expect(rate.delay(60_000)).toBe(0)
  })

  it('counts batches that were under way together as one lesson', () => {
    const rate = new SendRate()
    for (const now of [0, 100, 200, 300]) rate.sent(now)
    const once = rate.throttled(300, 400, 0)
    expect(rate.throttled(290, 401, 0)).toBe(once)
    expect(rate.throttled(500, 600, 0)).toBeLessThan(once)
  })

  it('never stops altogether', () => {
    const rate = new SendRate()
    for (let now = 0; now < 1e6; now += 1000) rate.throttled(now, now + 1, 0)
    expect(rate.delay(1e6)).toBeLessThanOrEqual(5000)
  })
})
