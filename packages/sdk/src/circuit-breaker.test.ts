import { describe, expect, it } from 'vitest'
import { type Admission, type BreakerOutcome, CircuitBreaker } from './circuit-breaker.js'

function setUp() {
  let now = 0
  const breaker = new CircuitBreaker({ failures: 3, openMs: 1000 }, () => now)
  const go = (outcome: BreakerOutcome): unknown => {
    const admission = breaker.enter()
    return 'settle' in admission ? (admission.settle(outcome) ?? 'sent') : admission
  }
  const settle = (admission: Admission, outcome: BreakerOutcome): unknown =>
    'settle' in admission ? admission.settle(outcome) : expect.unreachable()
  return { breaker, go, settle, pass: (ms: number) => void (now += ms) }
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and says so once', () => {
    const { go, pass } = setUp()
    expect([go('bad'), go('bad')]).toEqual(['sent', 'sent'])
    expect(go('bad')).toEqual({ opened: { failures: 3, openMs: 1000 } })
    pass(400)
    expect(go('bad')).toEqual({ waitMs: 600 })
  })

  it('counts failures in a row only', () => {
    const { go } = setUp()
    expect(
      ['bad', 'bad', 'good', 'bad', 'bad', 'unknown'].map(outcome => go(outcome as BreakerOutcome)),
    ).toEqual(Array(6).fill('sent'))
    expect(go('bad')).toMatchObject({ opened: {} })
  })

  it('lets one request go ahead, and closes when that goes well', () => {
    const { breaker, go, settle, pass } = setUp()
    for (let n = 0; n < 3; n++) go('bad')
    pass(1000)
    const trial = breaker.enter()
    expect(go('good')).toEqual({ waitMs: 250 })
    expect(settle(trial, 'good')).toBe('closed')
    expect([go('bad'), go('bad')]).toEqual(['sent', 'sent'])
  })

  it('stays open when that goes badly', () => {
    const { go, pass } = setUp()
    for (let n = 0; n < 3; n++) go('bad')
    pass(1000)
    expect(go('bad')).toEqual({ opened: { failures: 4, openMs: 1000 } })
    expect(go('bad')).toEqual({ waitMs: 1000 })
  })

  it('lets another one go ahead when the first was given up', () => {
    const { go, pass } = setUp()
    for (let n = 0; n < 3; n++) go('bad')
    pass(1000)
    expect(go('unknown')).toBe('sent')
    expect(go('good')).toBe('closed')
  })

  it('is not opened again by what was under way when it opened; a good answer closes it', () => {
    const { breaker, go, settle } = setUp()
    const underWay = [breaker.enter(), breaker.enter()] as const
    for (let n = 0; n < 3; n++) go('bad')
    expect(settle(underWay[0], 'bad')).toBeUndefined()
    expect(settle(underWay[1], 'good')).toBe('closed')
  })
})
