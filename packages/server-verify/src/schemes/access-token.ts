import { readBearerHeaders } from '../bearer-headers.js'
import type { AccessTokenCredential } from '../credential.js'
import { tokenBindingKeyId } from '../derived-key-id.js'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import {
  createDpopPolicy,
  DpopNonceRequired,
  type DpopOptions,
  type DpopPolicy,
  proveDpop,
} from '../tokens/dpop-policy.js'
import { JwtFault } from '../tokens/jwt-fault.js'
import type { RevocationList } from '../tokens/revocation-list.js'
import type { TokenClaims } from '../tokens/token-claims.js'
import type { TokenIntrospection } from '../tokens/token-introspection.js'
import { TokenVerification } from '../tokens/token-verification.js'
import { createTrustedIssuers, type TrustedIssuer, type TrustedIssuers } from '../tokens/trusted-issuers.js'
import { AccessTokenChallenge } from './access-token-challenge.js'
import type {
  Authenticated,
  PreparedScheme,
  SchemeAttempt,
  SchemeClaim,
  SchemeSettings,
  VerificationScheme,
} from './verification-scheme.js'

/** How access tokens are accepted. */
export interface AccessTokenOptions {
  /** Whose tokens. A list made by `createTrustedIssuers` can be shared and changed while the service runs. */
  readonly issuers: readonly TrustedIssuer[] | TrustedIssuers
  /** This service: one of these must be in the token's `aud`. */
  readonly audience: string | readonly string[]
  /** Refuse tokens that whoever has them can use (no `cnf`). Default `false`. */
  readonly requireBinding?: boolean | undefined
  /** Default: DPoP proofs without a nonce, over https. `false`: tokens bound to a DPoP key are refused. */
  readonly dpop?: DpopOptions | false | undefined
  /** Asked for every request. Default: tokens are good until they expire. */
  readonly revocations?: RevocationList | undefined
  /** For opaque tokens. Default: they are refused. */
  readonly introspection?: TokenIntrospection | undefined
  /** How far the clocks of issuers may be off, for `exp`, `nbf` and `iat`. Default 30. */
  readonly clockToleranceSeconds?: number | undefined
  /** Most characters of a token. Default 8192. */
  readonly maxTokenLength?: number | undefined
  /**
   * Each part of a JWT must be the canonical base64url text of its bytes. Switch it off only for an issuer that pads.
   * Default `true`.
   */
  readonly canonicalEncoding?: boolean | undefined
  /** Verified tokens that are kept: at most so many (default 10,000) for at most so long (default 60 s). */
  readonly cache?: { readonly maxEntries?: number; readonly seconds?: number } | false | undefined
}

// RFC 6750 §2.1, RFC 9449 §7.1. A key of the API-key scheme is no token.
const PRESENTED = /^(?:bearer|dpop)(?: |$)/i
const API_KEY = /^bearer +pk_/i
const TOKEN = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*) *$/i

/**
 * OAuth access tokens: JWTs of RFC 9068 (`at+jwt`) from trusted issuers, and opaque tokens by introspection. The
 * partner comes from a credential of kind `access-token` under `tokenBindingKeyId(iss, sub)`, never from a claim; the
 * scopes are those that token and credential both have. A token that is bound (`cnf`: DPoP, mTLS) is good with that
 * proof only. A plain bearer token proves nothing about the request: no replay protection, no integrity beyond TLS.
 *
 * @throws TypeError a mistake in the options, e.g. an HMAC algorithm or an issuer that is not https
 *
 * @example
 * ```ts
 * import { accessToken } from '@countersign/server-verify'
 *
 * const scheme = accessToken({
 *   issuers: [{ issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/jwks' }],
 *   audience: 'https://api.example.com',
 * })
 * console.log(scheme.name) // access-token
 * ```
 */
export function accessToken(options: AccessTokenOptions): VerificationScheme {
  const audiences = typeof options.audience === 'string' ? [options.audience] : [...options.audience]
  if (audiences.length === 0 || audiences.includes(''))
    throw new TypeError('accessToken: audience must name this service.')
  const dpop = options.dpop === false ? undefined : createDpopPolicy(options.dpop ?? {})
  // Made here as well, so that a mistake is told where it is made; the clock comes with the verifier.
  if (isList(options.issuers)) createTrustedIssuers(options.issuers)
  return {
    name: 'access-token',
    prepare: settings => new AccessTokenScheme(options, audiences, dpop, settings),
  }
}

class AccessTokenScheme implements PreparedScheme {
  readonly name = 'access-token' as const
  readonly challenges: readonly string[]
  readonly #options: AccessTokenOptions
  readonly #dpop: DpopPolicy | undefined
  readonly #settings: SchemeSettings
  readonly #tokens: TokenVerification
  readonly #challenge: AccessTokenChallenge

  constructor(
    options: AccessTokenOptions,
    audiences: readonly string[],
    dpop: DpopPolicy | undefined,
    settings: SchemeSettings,
  ) {
    const { issuers, clockToleranceSeconds = 30, maxTokenLength = 8192, canonicalEncoding = true } = options
    const { maxEntries = 10_000, seconds = 60 } = options.cache || {}
    this.#options = options
    this.#dpop = dpop
    this.#settings = settings
    this.#challenge = new AccessTokenChallenge(settings.api, dpop)
    this.challenges = this.#challenge.offered
    this.#tokens = new TokenVerification({
      issuers: isList(issuers) ? createTrustedIssuers(issuers, settings.now) : issuers,
      audiences,
      clockToleranceMs: clockToleranceSeconds * 1000,
      form: { maxLength: maxTokenLength, canonicalEncoding },
      introspection: options.introspection,
      cacheEntries: options.cache === false ? 0 : maxEntries,
      cacheMs: seconds * 1000,
    })
  }

  find({ headers }: ParsedRequest): string | undefined {
    const authorization = headers.getCanonical('authorization')
    if (authorization === undefined || !PRESENTED.test(authorization) || API_KEY.test(authorization))
      return undefined
    return authorization
  }

  async authenticate(
    request: ParsedRequest,
    presented: string,
    attempt: SchemeAttempt,
  ): Promise<Authenticated> {
    const [, scheme, token] = TOKEN.exec(presented) ?? []
    if (scheme === undefined || token === undefined) throw refuseForm()
    const isDpop = scheme.toLowerCase() === 'dpop'
    try {
      const claims = await this.#tokens.verify(token, attempt.now, dependency => {
        attempt.waitingFor = dependency
      })
      await this.#assertNotRevoked(claims, attempt)
      const claim = await this.#confirm(request, token, claims, isDpop, attempt)
      const credential = await this.#findBinding(claims, attempt)
      attempt.authenticated(credential)
      attempt.hashBody()
      return { credential, scopes: claims.scopes, signedHeaders: () => readBearerHeaders(request), claim }
    } catch (error) {
      throw error instanceof JwtFault ? this.#challenge.refuseToken(error, isDpop) : error
    }
  }

  async #assertNotRevoked(claims: TokenClaims, attempt: SchemeAttempt): Promise<void> {
    const { revocations } = this.#options
    if (revocations === undefined) return
    attempt.waitingFor = 'revocation list'
    if ((await revocations.isRevoked(claims)) !== false) throw new JwtFault('token_revoked')
    attempt.waitingFor = undefined
  }

  /** What the token is bound to must be proved, all of it; and it must be sent in the way that says so. */
  async #confirm(
    request: ParsedRequest,
    token: string,
    { confirmation }: TokenClaims,
    isDpop: boolean,
    attempt: SchemeAttempt,
  ): Promise<SchemeClaim | undefined> {
    const { jkt, certificateSha256 } = confirmation ?? {}
    if (confirmation === undefined && this.#options.requireBinding === true)
      throw new JwtFault(
        'token_unbound',
        'This service takes only access tokens that are bound (DPoP or mTLS).',
      )
    if (certificateSha256 !== undefined && request.certificate?.sha256 !== certificateSha256)
      throw new JwtFault(
        'token_confirmation',
        'The access token is bound to a client certificate. Send it over a connection with that certificate.',
      )
    if (isDpop !== (jkt !== undefined))
      throw new JwtFault(
        'token_confirmation',
        isDpop
          ? 'The access token is not bound to a DPoP key. Send it as Bearer.'
          : 'The access token is bound to a key. Send it as DPoP, with a proof for each request.',
      )
    if (jkt === undefined) return undefined
    if (this.#dpop === undefined) throw new JwtFault('token_confirmation')
    return this.#proveDpop(request, token, jkt, this.#dpop, attempt)
  }

  async #proveDpop(
    request: ParsedRequest,
    token: string,
    jkt: string,
    policy: DpopPolicy,
    attempt: SchemeAttempt,
  ): Promise<SchemeClaim> {
    try {
      attempt.waitingFor = 'signature verification'
      return await proveDpop(request, token, jkt, policy, attempt)
    } catch (error) {
      if (error instanceof DpopNonceRequired) throw this.#challenge.askForNonce(error.nonce)
      throw error instanceof JwtFault ? this.#challenge.refuseProof(error) : error
    }
  }

  async #findBinding(
    { issuer, subject }: TokenClaims,
    attempt: SchemeAttempt,
  ): Promise<AccessTokenCredential> {
    attempt.waitingFor = 'credential store'
    const found = await this.#settings.credentials.findByKeyId(tokenBindingKeyId(issuer, subject))
    attempt.waitingFor = undefined
    // The derived key id finds it; what it says itself decides.
    if (found?.kind === 'access-token' && found.issuer === issuer && found.subject === subject) return found
    throw new JwtFault('token_subject_unknown')
  }
}

function isList(issuers: AccessTokenOptions['issuers']): issuers is readonly TrustedIssuer[] {
  return Array.isArray(issuers)
}

function refuseForm(): VerificationError {
  return new VerificationError('authorization_malformed', {
    part: 'authorization',
    message: 'Write one access token after Bearer or DPoP: "Authorization: Bearer <token>".',
  })
}
