import { readBearerHeaders } from '../bearer-headers.js'
import type { AccessTokenCredential } from '../credential.js'
import { tokenBindingKeyId } from '../derived-key-id.js'
import { VerificationError } from '../errors.js'
import type { ParsedRequest } from '../parsed-request.js'
import { DpopNonceRequired, type DpopPolicy, proveDpop } from '../tokens/dpop-policy.js'
import { JwtFault } from '../tokens/jwt-fault.js'
import type { TokenClaims } from '../tokens/token-claims.js'
import { TokenVerification } from '../tokens/token-verification.js'
import type { TrustedIssuers } from '../tokens/trusted-issuers.js'
import type { AccessTokenOptions } from './access-token.js'
import { AccessTokenChallenge } from './access-token-challenge.js'
import type {
  Authenticated,
  PreparedScheme,
  SchemeAttempt,
  SchemeClaim,
  SchemeSettings,
} from './verification-scheme.js'

/** {@link AccessTokenOptions} made ready. */
export interface AccessTokenPolicy extends Omit<AccessTokenOptions, 'issuers' | 'audience' | 'dpop'> {
  readonly issuers: TrustedIssuers
  readonly audiences: readonly string[]
  /** `undefined`: tokens bound to a DPoP key are refused. */
  readonly dpop: DpopPolicy | undefined
}

// RFC 6750 §2.1, RFC 9449 §7.1. A key of the API-key scheme is no token.
const PRESENTED = /^(?:bearer|dpop)(?: |$)/i
const API_KEY = /^bearer +pk_/i
const TOKEN = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*) *$/i

/** Access tokens at work: form, token, revocation, what it is bound to, whose it is; in this order. */
export class AccessTokenScheme implements PreparedScheme {
  readonly name = 'access-token' as const
  readonly challenges: readonly string[]
  readonly #policy: AccessTokenPolicy
  readonly #settings: SchemeSettings
  readonly #tokens: TokenVerification
  readonly #challenge: AccessTokenChallenge

  constructor(policy: AccessTokenPolicy, settings: SchemeSettings) {
    const { clockToleranceSeconds = 30, maxTokenLength = 8192, canonicalEncoding = true } = policy
    const { maxEntries = 10_000, seconds = 60 } = policy.cache || {}
    this.#policy = policy
    this.#settings = settings
    this.#challenge = new AccessTokenChallenge(settings.api, policy.dpop)
    this.challenges = this.#challenge.offered
    this.#tokens = new TokenVerification({
      issuers: policy.issuers,
      audiences: policy.audiences,
      clockToleranceMs: clockToleranceSeconds * 1000,
      form: { maxLength: maxTokenLength, canonicalEncoding },
      introspection: policy.introspection,
      cacheEntries: policy.cache === false ? 0 : maxEntries,
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
    const { revocations } = this.#policy
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
    if (confirmation === undefined && this.#policy.requireBinding === true)
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
    if (this.#policy.dpop === undefined) throw new JwtFault('token_confirmation')
    return this.#proveDpop(request, token, jkt, this.#policy.dpop, attempt)
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

function refuseForm(): VerificationError {
  return new VerificationError('authorization_malformed', {
    part: 'authorization',
    message: 'Write one access token after Bearer or DPoP: "Authorization: Bearer <token>".',
  })
}
