import { describe, expect, it } from 'vitest'
import type { HmacCredential } from './credential.js'
import { assertCredentialValid } from './credential-validity.js'

const NOW = 1_800_000_000_000
const credential: HmacCredential = {
  kind: 'hmac',
  keyId: 'acme_2026_a',
  partnerId: 'acme',
  environment: 'live',
  secret: 'not-a-secret',
  scopes: [],
  state: 'active',
  createdAt: 0,
}
const check = (change: Partial<HmacCredential>) =>
  assertCredentialValid({ ...credential, ...change }, { environment: 'live', api: 'orders' }, NOW)

describe('assertCredentialValid', () => {
  it.each([
    [{}],
    [{ notBefore: NOW }],
    [{ notAfter: NOW + 1 }],
    [{ api: 'orders' }],
    [{ notBefore: NOW - 1, notAfter: NOW + 1 }],
  ])('%j is valid', change => expect(() => check(change)).not.toThrow())

  it.each([
    [{ state: 'revoked' }, 'credential_revoked'],
    [{ state: 'unheard of' }, 'credential_revoked'],
    [{ notBefore: NOW + 1 }, 'credential_not_yet_valid'],
    [{ notBefore: Number.NaN }, 'credential_not_yet_valid'],
    [{ notAfter: NOW }, 'credential_expired'],
    [{ notAfter: Number.NaN }, 'credential_expired'],
    [{ environment: 'sandbox' }, 'credential_environment'],
    [{ api: 'webhooks' }, 'credential_api'],
  ])('%j: invalid_credentials outside, %s inside', (change, detail) => {
    expect(() => check(change as Partial<HmacCredential>)).toThrow(
      expect.objectContaining({ code: 'invalid_credentials', detail, part: undefined }),
    )
  })
})
