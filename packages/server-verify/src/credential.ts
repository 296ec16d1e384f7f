/** What every credential has, whatever proves it. Times are milliseconds since 1970-01-01T00:00:00Z. */
export interface CredentialBase {
  /** 8 to 64 of `A-Z a-z 0-9 _ -`. Public. */
  readonly keyId: string
  readonly partnerId: string
  /** `live`, `sandbox` …; valid there only. */
  readonly environment: string
  /** The one API that it opens, e.g. `orders`. Absent: every API of the environment. */
  readonly api?: string | undefined
  readonly scopes: readonly string[]
  /** Names of roles, each a set of scopes (verifier option `roles`), on top of `scopes`. */
  readonly roles?: readonly string[] | undefined
  /** Of the scopes above, at most these: a credential for one job. Absent: all. */
  readonly restrictedTo?: readonly string[] | undefined
  readonly state: 'active' | 'revoked'
  /** Valid from this moment on. */
  readonly notBefore?: number | undefined
  /** Not valid from this moment on. */
  readonly notAfter?: number | undefined
  /** Addresses or CIDR ranges; absent: from anywhere. An empty list: from nowhere. */
  readonly ipAllowList?: readonly string[] | undefined
  /** When it was issued. After the start of a replay guard: exempt from the guard's warm-up. */
  readonly createdAt: number
  /** What must be proved on top. */
  readonly requires?: readonly RequiredLayer[] | undefined
  /**
   * SHA-256 thumbprints (64 lower-case hex digits) of the client certificates that go with it. With a list, a request
   * over a connection with another certificate, or none, is refused.
   */
  readonly certificates?: readonly string[] | undefined
}

/** A proof on top of the credential's own: any verified client certificate. */
export type RequiredLayer = 'client-certificate'

/** Signs requests with a secret that both sides hold. */
export interface HmacCredential extends CredentialBase {
  readonly kind: 'hmac'
  /** As text (used as UTF-8). One secret belongs to one key id. */
  readonly secret: string
}

/** Signs requests (RFC 9421) with a key that only the partner holds. */
export interface HttpSignatureCredential extends CredentialBase {
  readonly kind: 'http-signature'
  readonly algorithm: 'ed25519' | 'ecdsa-p256-sha256'
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string
}

/** A key that is sent along with each request. */
export interface ApiKeyCredential extends CredentialBase {
  readonly kind: 'api-key'
  /** SHA-256 of the whole key as text, 64 lower-case hex digits. The key itself is kept nowhere. */
  readonly secretSha256: string
}

/** Binds the subject of an issuer's access tokens to a partner; found by `tokenBindingKeyId(issuer, subject)`. */
export interface AccessTokenCredential extends CredentialBase {
  readonly kind: 'access-token'
  /** The token's `iss`, exactly. */
  readonly issuer: string
  /** The token's `sub`. */
  readonly subject: string
}

/**
 * A client certificate as the only proof; found by `certificateKeyId` of a thumbprint or of a subject alternative
 * name. With a name, every certificate of the trusted CA that carries it is accepted.
 */
export interface ClientCertificateCredential extends CredentialBase {
  readonly kind: 'client-certificate'
  /** As node:crypto writes it, e.g. `DNS:push.acme.example` or `URI:spiffe://acme/push`. Absent: `certificates`. */
  readonly subjectAltName?: string | undefined
}

/** What a store holds. */
export type Credential =
  | HmacCredential
  | HttpSignatureCredential
  | ApiKeyCredential
  | AccessTokenCredential
  | ClientCertificateCredential

/** Names a scheme, and the credentials that it takes. */
export type SchemeName = Credential['kind']
