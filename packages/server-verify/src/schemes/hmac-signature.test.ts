import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { hmacSignature } from './hmac-signature.js'

describe('hmacSignature', () => {
  it('accepts the PARTNER and the AWS row unless told otherwise', () => {
    expect(hmacSignature()).toMatchObject({ name: 'hmac', rows: [PARTNER_SCHEME, AWS_SCHEME] })
    const acme = createSigningScheme('acme')
    expect(hmacSignature({ rows: [acme] })).toMatchObject({ rows: [acme] })
  })

  it('does not see later changes of the list', () => {
    const rows = [PARTNER_SCHEME]
    const scheme = hmacSignature({ rows })
    rows.push(AWS_SCHEME)
    expect(scheme.rows).toEqual([PARTNER_SCHEME])
  })

  it.each([
    [[], 'at least one scheme row'],
    [[PARTNER_SCHEME, createSigningScheme('partner', 'other')], 'two rows have one algorithm'],
  ])('refuses %j', (rows, words) => {
    expect(() => hmacSignature({ rows })).toThrow(TypeError)
    expect(() => hmacSignature({ rows })).toThrow(words)
  })
})
