import { parseJsonObject } from './compact-jws.js'
import { type Confirmation, readConfirmation } from './confirmation.js'
import { JwtFault } from './jwt-fault.js'
import type { TokenIdentity } from './revocation-list.js'

/** What a verified access token says (RFC 9068 §2.2). Times are ms since epoch. */
export interface TokenClaims extends TokenIdentity {
  readonly subject: string
  readonly scopes: readonly string[]
  readonly expiresAt: number
  readonly notBefore: number | undefined
  /** To what the token is bound; `undefined`: whoever has it can use it. */
  readonly confirmation: Confirmation | undefined
}

/** For whom a token must be made, and when it is good. */
export interface ClaimRules {
  readonly issuer: string
  /** One of these must be in `aud`. */
  readonly audiences: readonly string[]
  readonly clockToleranceMs: number
}

const MAX_TEXT = 512
const MAX_SCOPES = 100
// RFC 6749 §3.3.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/

/**
 * Reads the claims of a payload whose signature was verified. Whether they hold now is for {@link assertInTime}.
 *
 * @throws JwtFault `token_malformed`, `token_claims`, `token_audience`, `token_confirmation`
 */
export function readTokenClaims(payload: Uint8Array, rules: ClaimRules): TokenClaims {
  return readClaims(parseJsonObject(payload), rules)
}

/** The same for claims that an issuer told directly (RFC 7662). */
export function readClaims(claims: Readonly<Record<string, unknown>>, rules: ClaimRules): TokenClaims {
  const { iss, aud, sub, client_id, jti, iat, exp, nbf, scope, cnf } = claims
  if (iss !== rules.issuer) throw new JwtFault('token_claims')
  assertAudience(aud, rules.audiences)
  return {
    issuer: rules.issuer,
    subject: readText(sub),
    clientId: readText(client_id),
    tokenId: readText(jti),
    issuedAt: readTime(iat),
    expiresAt: readTime(exp),
    notBefore: nbf === undefined ? undefined : readTime(nbf),
    scopes: readScopes(scope),
    confirmation: cnf === undefined ? undefined : readConfirmation(cnf),
  }
}

/** @throws JwtFault `token_expired`, `token_not_yet_valid` */
export function assertInTime(claims: TokenClaims, now: number, { clockToleranceMs }: ClaimRules): void {
  if (now >= claims.expiresAt + clockToleranceMs)
    throw new JwtFault('token_expired', 'The access token has expired. Get a new one.')
  const earliest = Math.max(claims.issuedAt, claims.notBefore ?? claims.issuedAt)
  if (now < earliest - clockToleranceMs)
    throw new JwtFault(
      'token_not_yet_valid',
      'The access token is not valid yet. One of the clocks (issuer, service) is off.',
    )
}

function assertAudience(aud: unknown, audiences: readonly string[]): void {
  const named = Array.isArray(aud) ? aud : [aud]
  if (named.some(audience => typeof audience !== 'string')) throw new JwtFault('token_claims')
  if (!named.some(audience => audiences.includes(audience)))
    throw new JwtFault(
      'token_audience',
      'The access token was made for another service. Ask for the audience or resource of this one.',
    )
}

function readText(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT) throw new JwtFault('token_claims')
  return value
}

// JSON's 1e400 is read as Infinity: a token that never expires.
function readTime(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 1e11)
    throw new JwtFault('token_claims')
  return value * 1000
}

function readScopes(value: unknown): readonly string[] {
  if (value === undefined || value === '') return []
  if (typeof value !== 'string') throw new JwtFault('token_claims')
  const scopes = value.split(' ', MAX_SCOPES + 1)
  if (scopes.length > MAX_SCOPES || !scopes.every(scope => SCOPE.test(scope)))
    throw new JwtFault('token_claims')
  return scopes
}

/** The `iss` of a payload that is not verified yet: good for asking whether it is on the list, for nothing else. */
export function peekIssuer(payload: Uint8Array): string | undefined {
  const { iss } = parseJsonObject(payload)
  return typeof iss === 'string' ? iss : undefined
}
