import { describe, expect, it } from 'vitest'
import { refusal, refusalMessage } from '../test/property.js'
import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME } from './signing-scheme.js'

// The table of spec/partner-signing.md §2, written out.
describe('scheme table', () => {
  it.each([
    [
      PARTNER_SCHEME,
      ['partner', 'PARTNER4-HMAC-SHA256', 'PARTNER4', 'partner4_request', 'x-partner-'],
      ['x-partner-date', 'x-partner-content-sha256', 'x-partner-nonce'],
    ],
    [
      AWS_SCHEME,
      ['aws', 'AWS4-HMAC-SHA256', 'AWS4', 'aws4_request', 'x-amz-'],
      ['x-amz-date', 'x-amz-content-sha256', 'x-amz-nonce'],
    ],
    [
      createSigningScheme('acme'),
      ['acme', 'ACME4-HMAC-SHA256', 'ACME4', 'acme4_request', 'x-acme-'],
      ['x-acme-date', 'x-acme-content-sha256', 'x-acme-nonce'],
    ],
  ])('$algorithm', (scheme, labels, headers) => {
    const { label, algorithm, secretPrefix, terminator, headerPrefix } = scheme
    expect([label, algorithm, secretPrefix, terminator, headerPrefix]).toEqual(labels)
    expect([scheme.dateHeader, scheme.payloadHashHeader, scheme.nonceHeader]).toEqual(headers)
    expect(Object.isFrozen(scheme)).toBe(true)
  })

  it.each(['a', 'a1', 'z'.repeat(32)])('accepts the label %s', label => {
    expect(createSigningScheme(label).label).toBe(label)
  })

  it.each(['', 'Acme', '4acme', 'ac-me', 'ac me', 'acmé', 'acme\n', 'a'.repeat(33)])(
    'refuses the label %j',
    label => {
      const expected = { code: 'scheme_invalid', part: 'label' }
      expect(refusal(() => createSigningScheme(label))).toEqual(expected)
      expect(refusal(() => createSigningScheme('acme', label))).toEqual(expected)
      expect(refusalMessage(() => createSigningScheme(label))).toContain(
        '1 to 32 lower-case letters and digits',
      )
    },
  )
})
