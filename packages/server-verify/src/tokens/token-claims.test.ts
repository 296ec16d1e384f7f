import { expect, test } from 'vitest'
import { assertInTime, type ClaimRules, readClaims } from './token-claims.js'

const RULES: ClaimRules = {
  issuer: 'https://login.example',
  audiences: ['https://api.example', 'urn:api'],
  clockToleranceMs: 30_000,
}
const CLAIMS = {
  ...{ iss: RULES.issuer, aud: 'urn:api', sub: 's', client_id: 'c', jti: 'j' },
  ...{ iat: 1000, exp: 1600, scope: 'a b' },
}

test('claims are read, times in ms', () => {
  expect(readClaims({ ...CLAIMS, nbf: 1001.5 }, RULES)).toEqual({
    ...{ issuer: RULES.issuer, subject: 's', clientId: 'c', tokenId: 'j', scopes: ['a', 'b'] },
    ...{ issuedAt: 1_000_000, expiresAt: 1_600_000, notBefore: 1_001_500, confirmation: undefined },
  })
})

test('what an issuer says of a token of another issuer does not count', () => {
  for (const iss of ['https://other.example', undefined, [RULES.issuer]])
    expect(() => readClaims({ ...CLAIMS, iss }, RULES)).toThrow(
      expect.objectContaining({ reason: 'token_claims' }),
    )
})

test('a token is good from its first moment, less the tolerance, to its last, and the tolerance', () => {
  const claims = readClaims({ ...CLAIMS, nbf: 1100 }, RULES)
  const judge = (now: number): unknown => {
    try {
      assertInTime(claims, now, RULES)
    } catch (error) {
      return (error as { reason?: unknown }).reason
    }
    return 'good'
  }
  expect(judge(1_069_999)).toBe('token_not_yet_valid')
  expect(judge(1_070_000)).toBe('good')
  expect(judge(1_629_999)).toBe('good')
  expect(judge(1_630_000)).toBe('token_expired')
})

test.each([undefined, ''])('the scope %j is no scope', scope => {
  expect(readClaims({ ...CLAIMS, scope }, RULES).scopes).toEqual([])
})
