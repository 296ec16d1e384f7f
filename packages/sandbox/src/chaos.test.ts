import { describe, expect, it } from 'vitest'
import { ChaosSyntaxError, createChaos, parseChaos } from './chaos.js'

describe('chaos', () => {
  it('draws faults at their rates, and the same ones for the same seed', () => {
    const options = parseChaos('429=0.1,503=0.2,lost=0.3,seed=42')
    const [a, b] = [createChaos(options), createChaos(options)]
    const drawn = Array.from({ length: 20_000 }, () => a.nextFault())
    expect(Array.from({ length: 20_000 }, () => b.nextFault())).toEqual(drawn)
    const rate = (fault: string) => drawn.filter(other => other === fault).length / drawn.length
    expect(rate('too_many_requests')).toBeCloseTo(0.1, 1)
    expect(rate('unavailable')).toBeCloseTo(0.2, 1)
    expect(rate('lost')).toBeCloseTo(0.3, 1)
    expect(rate('none')).toBeCloseTo(0.4, 1)
  })

  it('does nothing unless asked to', () => {
    const chaos = createChaos()
    expect(new Set(Array.from({ length: 1000 }, () => chaos.nextFault()))).toEqual(new Set(['none']))
    expect([chaos.latencyMs, chaos.nextUndecided(500).size]).toEqual([0, 0])
    expect(createChaos(parseChaos('item503=1')).nextUndecided(3)).toEqual(new Set([0, 1, 2]))
  })

  it.each([
    '429',
    '429=',
    '429=1.1',
    '429=-1',
    '429=1e-2',
    'lost=0.6,503=0.5',
    'latency=50',
    'latency=1s',
    'seed=x',
    'more=1',
    '',
  ])('refuses %j', text => expect(() => parseChaos(text)).toThrow(ChaosSyntaxError))
})
