import { describe, expect, it } from 'vitest'
import type { Credential } from './credential-store.js'
import { assertCredentialValid } from './credential-validity.js'

const NOW = 1_800_000_000_000
const credential: Credential = {
  kind: 'hmac',
  keyId: 'acme_2026_a',
  partnerId: 'acme',
  environment: 'live',
  secret: 'not-a-secret',
  scopes: [],
  state: 'active',
  createdAt: 0,
}
const check = (change: Partial<Credential>) =>
  assertCredentialValid({ ...credential, ...change }, 'live', NOW)

describe('assertCredentialValid', () => {
  it.each([[{}], [{ notBefore: NOW }], [{ notAfter: NOW + 1 }], [{ notBefore: NOW - 1, notAfter: NOW + 1 }]])(
    '%j is valid',
    change => expect(() => check(change)).not.toThrow(),
  )

  it.each([
    [{ state: 'revoked' }, 'credential_revoked'],
    [{ state: 'unheard of' }, 'credential_revoked'],
    [{ notBefore: NOW + 1 }, 'credential_not_yet_valid'],
    [{ notBefore: Number.NaN }, 'credential_not_yet_valid'],
    [{ notAfter: NOW }, 'credential_expired'],
    [{ notAfter: Number.NaN }, 'credential_expired'],
    [{ environment: 'sandbox' }, 'credential_environment'],
  ])('%j: invalid_credentials outside, %s inside', (change, detail) => {
    expect(() => check(change as Partial<Credential>)).toThrow(
      expect.objectContaining({ code: 'invalid_credentials', detail, part: undefined }),
    )
  })
})
