import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createHeaderRules } from './header-rules.js'

const rules = createHeaderRules([PARTNER_SCHEME, AWS_SCHEME], ['X-Amz-Cf-Id'])
const namesWhere = (wanted: (name: string) => boolean): string[] =>
  [...rules.byName.keys()].filter(wanted).sort()
const numbered = (count: number) => Array.from({ length: count }, (_, i) => createSigningScheme(`row${i}`))

describe('createHeaderRules', () => {
  it('the names of spec §9 must be signed when present', () => {
    expect(namesWhere(name => rules.byName.get(name)!.mustSign)).toEqual([
      ...['content-digest', 'content-encoding', 'host', 'idempotency-key'],
      ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-nonce'],
      ...['x-partner-content-sha256', 'x-partner-date', 'x-partner-nonce'],
    ])
    expect(rules.signedPrefixes).toEqual(['x-partner-', 'x-amz-'])
  })

  it('the names of spec §9 may stand once, each with a bit of its own; so may other credentials', () => {
    const once = namesWhere(name => rules.byName.get(name)!.singletonBit !== 0)
    expect(once).toEqual([
      ...[
        'authorization',
        'client-cert',
        'content-length',
        'content-type',
        'dpop',
        'host',
        'idempotency-key',
      ],
      ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-nonce', 'x-api-key'],
      ...['x-partner-content-sha256', 'x-partner-date', 'x-partner-nonce'],
    ])
    const bits = once.map(name => rules.byName.get(name)!.singletonBit)
    expect(new Set(bits).size).toBe(bits.length)
    for (const bit of bits) expect(bit & (bit - 1)).toBe(0)
  })

  it('method overrides are known, and nothing else is one', () => {
    expect(namesWhere(name => rules.byName.get(name)!.methodOverride)).toEqual([
      ...['x-http-method', 'x-http-method-override', 'x-method-override'],
    ])
  })

  it('a transport header is that and nothing more, in any case', () => {
    expect(namesWhere(name => rules.byName.get(name)!.transport)).toEqual(['x-amz-cf-id'])
    expect(rules.byName.get('x-amz-cf-id')).toEqual({
      ...{ singletonBit: 0, mustSign: false, transport: true, methodOverride: false },
    })
  })

  it('a name as it is usually written leads to the rule of its lower-case name', () => {
    for (const [spelling, name] of [
      ['Host', 'host'],
      ['X-Partner-Content-Sha256', 'x-partner-content-sha256'],
      ['x-partner-date', 'x-partner-date'],
      ['X-Http-Method-Override', 'x-http-method-override'],
      ['X-Amz-Cf-Id', 'x-amz-cf-id'],
    ] as const)
      expect(rules.bySpelling.get(spelling)).toEqual({ name, rule: rules.byName.get(name) })
    for (const name of [
      'Accept',
      'User-Agent',
      'Accept-Encoding',
      'connection',
      'accept-language',
      'Traceparent',
    ])
      expect(rules.bySpelling.get(name)).toEqual({ name: name.toLowerCase(), rule: undefined })
  })

  it.each(['Authorization', 'x-partner-date', 'X-Http-Method', 'HOST'])(
    'refuses to drop %s, which the verifier reads',
    name => {
      const drop = () => createHeaderRules([PARTNER_SCHEME], [name])
      expect(drop).toThrow(TypeError)
      expect(drop).toThrow(`${name.toLowerCase()} is read by the verifier`)
    },
  )

  it('rows that share their header names share the rules', () => {
    const rows = Array.from({ length: 20 }, (_, i) => createSigningScheme(`row${i}`, 'amz'))
    expect([...createHeaderRules(rows, []).byName.keys()]).toEqual([
      ...createHeaderRules([AWS_SCHEME], []).byName.keys(),
    ])
  })

  it('has bits for seven rows and says so of eight', () => {
    const full = createHeaderRules(numbered(7), [])
    const bits = [...full.byName.values()].map(rule => rule.singletonBit).filter(bit => bit !== 0)
    expect(new Set(bits).size).toBe(8 + 7 * 3)
    expect(() => createHeaderRules(numbered(8), [])).toThrow(RangeError)
    expect(() => createHeaderRules(numbered(8), [])).toThrow('Too many scheme rows')
  })
})
