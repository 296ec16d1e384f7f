import { createHash } from 'node:crypto'
import { type CompactJwsForm, parseCompactJws, verifyCompactJws } from './compact-jws.js'
import { ExpiringCache } from './expiring-cache.js'
import { JwtFault } from './jwt-fault.js'
import {
  assertInTime,
  type ClaimRules,
  peekIssuer,
  readClaims,
  readTokenClaims,
  type TokenClaims,
} from './token-claims.js'
import type { TokenIntrospection } from './token-introspection.js'
import type { KnownIssuer, TrustedIssuers } from './trusted-issuers.js'

/** What a token is held to. */
export interface TokenRules {
  readonly issuers: TrustedIssuers
  readonly audiences: readonly string[]
  readonly clockToleranceMs: number
  readonly form: CompactJwsForm
  readonly introspection: TokenIntrospection | undefined
  /** Most verified tokens kept. */
  readonly cacheEntries: number
  /** How long a verified token is taken for verified, at most until it expires. */
  readonly cacheMs: number
}

interface VerifiedToken {
  readonly claims: TokenClaims
  readonly issuer: KnownIssuer
}

// The media type may be written in full (RFC 9068 §4); case does not matter.
const TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i

/**
 * Verifies access tokens and remembers, for a short while, those that it has verified. What is remembered goes by the
 * SHA-256 of the whole token and belongs to one configuration; time, revocation and binding are judged each time.
 */
export class TokenVerification {
  readonly #rules: TokenRules
  readonly #verified: ExpiringCache<VerifiedToken>

  constructor(rules: TokenRules) {
    this.#rules = rules
    this.#verified = new ExpiringCache(rules.cacheEntries)
  }

  /** How many tokens are remembered. */
  get size(): number {
    return this.#verified.size
  }

  /**
   * @param waitFor told what is being asked, so that a failure is laid at its door
   * @throws JwtFault the token is not good
   * @throws DependencyError the issuer's keys or its answer cannot be had
   */
  async verify(token: string, now: number, waitFor: (dependency: string) => void): Promise<TokenClaims> {
    const key = createHash('sha256').update(token, 'latin1').digest('base64')
    const remembered = this.#verified.get(key, now)
    // An issuer that was taken from the list, or replaced, takes its tokens with it.
    if (remembered !== undefined && this.#isTrusted(remembered.issuer))
      return this.#inTime(remembered.claims, now)
    if (!token.includes('.')) return this.#inTime(await this.#introspect(token, key, now, waitFor), now)

    const { claims, issuer } = await this.#verifyJwt(token, waitFor)
    this.#inTime(claims, now)
    this.#verified.set(key, { claims, issuer }, Math.min(claims.expiresAt, now + this.#rules.cacheMs))
    return claims
  }

  async #verifyJwt(token: string, waitFor: (dependency: string) => void): Promise<VerifiedToken> {
    const jws = parseCompactJws(token, this.#rules.form)
    const { alg, typ, kid, jwk } = jws.header
    if (jwk !== undefined) throw new JwtFault('token_header_refused')
    if (typ === undefined || !TOKEN_TYPE.test(typ)) throw new JwtFault('token_type')
    const named = peekIssuer(jws.unverifiedPayload)
    const issuer = named === undefined ? undefined : this.#rules.issuers.find(named)
    if (issuer === undefined) throw new JwtFault('token_issuer_unknown')
    if (!issuer.algorithms.has(alg)) throw new JwtFault('token_algorithm')
    waitFor('keys of an issuer')
    const key = await issuer.keys.findKey(kid, alg)
    if (key === undefined) throw new JwtFault('token_key_unknown')
    waitFor('signature verification')
    const payload = await verifyCompactJws(jws, key)
    return { claims: readTokenClaims(payload, this.#claimRules(issuer.issuer)), issuer }
  }

  async #introspect(
    token: string,
    digest: string,
    now: number,
    waitFor: (dependency: string) => void,
  ): Promise<TokenClaims> {
    const { introspection, form, issuers } = this.#rules
    if (token.length > form.maxLength) throw new JwtFault('token_too_large')
    if (introspection === undefined) throw new JwtFault('token_malformed')
    if (issuers.find(introspection.issuer) === undefined) throw new JwtFault('token_issuer_unknown')
    waitFor('token introspection')
    const told = await introspection.introspect(token, now)
    // What RFC 7662 lets a server leave out, read to the caller's disadvantage.
    const defaults = { iss: introspection.issuer, sub: told['client_id'], jti: `sha256:${digest}`, iat: 0 }
    return readClaims({ ...defaults, ...told }, this.#claimRules(introspection.issuer))
  }

  #isTrusted(issuer: KnownIssuer): boolean {
    return this.#rules.issuers.find(issuer.issuer) === issuer
  }

  #inTime(claims: TokenClaims, now: number): TokenClaims {
    assertInTime(claims, now, this.#claimRules(claims.issuer))
    return claims
  }

  #claimRules(issuer: string): ClaimRules {
    const { audiences, clockToleranceMs } = this.#rules
    return { issuer, audiences, clockToleranceMs }
  }
}
