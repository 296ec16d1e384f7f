import { describe, expect, it } from 'vitest'
import { refusal } from '../../test/property.js'
import {
  assertSignatureProfile,
  PARTNER_SIGNATURE_PROFILE,
  type ProfiledParameters,
} from './signature-profile.js'

const components = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type']
const parameters = {
  ...{ created: 1, expires: 2, nonce: 'n'.repeat(16), keyid: 'demo_acme_ed25519', tag: 'partner-orders-v1' },
}
const judge = (
  change: Readonly<Record<string, unknown>> = {},
  names: readonly string[] = components,
  coverage = { hasBody: true, mustCover: ['content-digest'] },
): ProfiledParameters =>
  assertSignatureProfile(
    { components: names, parameters: { ...parameters, ...change } },
    PARTNER_SIGNATURE_PROFILE,
    coverage,
  )

describe('assertSignatureProfile', () => {
  it('accepts what covers and says enough', () => {
    expect(judge()).toEqual({ ...parameters, alg: undefined })
    expect(judge({ alg: 'ed25519' }).alg).toBe('ed25519')
    expect(judge({ nonce: 'n'.repeat(128) })).toBeDefined()
    expect(judge({}, components.slice(0, 4), { hasBody: false, mustCover: [] })).toBeDefined()
  })

  it.each(components)('wants %s', name => {
    const names = components.filter(other => other !== name)
    const wanted = { code: 'component_not_covered', part: name }
    expect(refusal(() => judge({}, names, { hasBody: true, mustCover: [] }))).toEqual(wanted)
  })

  it('wants what is present and must be covered', () => {
    const coverage = { hasBody: false, mustCover: ['x-partner-note'] }
    const wanted = { code: 'component_not_covered', part: 'x-partner-note' }
    expect(refusal(() => judge({}, components, coverage))).toEqual(wanted)
  })

  it.each<[Readonly<Record<string, unknown>>, string]>([
    ...['created', 'expires', 'nonce', 'keyid', 'tag'].map(
      (name): [Readonly<Record<string, unknown>>, string] => [{ [name]: undefined }, name],
    ),
    [{ tag: 'partner-orders-v2' }, 'tag'],
    [{ created: 2 }, 'expires'],
    [{ created: 3 }, 'expires'],
    [{ created: Number.NaN }, 'expires'],
    [{ nonce: 'n'.repeat(15) }, 'nonce'],
    [{ nonce: 'n'.repeat(129) }, 'nonce'],
    [{ alg: 'hmac-sha256' }, 'alg'],
    [{ alg: 'ED25519' }, 'alg'],
    [{ alg: '' }, 'alg'],
  ])('refuses %j', (change, part) => {
    expect(refusal(() => judge(change))).toEqual({ code: 'signature_input_invalid', part })
  })
})
