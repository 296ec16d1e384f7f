import { createDpopPolicy, type DpopOptions } from '../tokens/dpop-policy.js'
import type { RevocationList } from '../tokens/revocation-list.js'
import type { TokenIntrospection } from '../tokens/token-introspection.js'
import { createTrustedIssuers, type TrustedIssuer, type TrustedIssuers } from '../tokens/trusted-issuers.js'
import { AccessTokenScheme } from './access-token-scheme.js'
import type { VerificationScheme } from './verification-scheme.js'

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
  /** For opaque tokens: those without a dot. Default: they are refused. */
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
    prepare(settings) {
      const { issuers } = options
      const known = isList(issuers) ? createTrustedIssuers(issuers, settings.now) : issuers
      return new AccessTokenScheme({ ...options, issuers: known, audiences, dpop }, settings)
    },
  }
}

function isList(issuers: AccessTokenOptions['issuers']): issuers is readonly TrustedIssuer[] {
  return Array.isArray(issuers)
}
