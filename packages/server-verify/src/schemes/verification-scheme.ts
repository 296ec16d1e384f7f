import type { SigningScheme } from '@countersign/protocol'
import type { Credential, SchemeName } from '../credential.js'
import type { CredentialStore } from '../credential-store.js'
import type { Freshness } from '../freshness.js'
import type { HeaderRules } from '../header-rules.js'
import type { IpRange } from '../ip-address.js'
import type { ParsedRequest } from '../parsed-request.js'
import type { ReplayGuard } from '../replay-guard.js'
import type { SignatureEvidence } from '../signature-evidence.js'

/**
 * A scheme that a verifier accepts; made by `hmacSignature()`, `httpMessageSignature()`, `accessToken()`, `apiKey()`
 * or `clientCertificate()`. The list is closed: nothing below falls through to a default.
 */
export interface VerificationScheme {
  readonly name: SchemeName
  /** The rows of the scheme table whose headers it reads; their names and prefixes go into the header rules. */
  readonly rows?: readonly SigningScheme[] | undefined
  /** @internal Made ready for use, once per verifier. */
  prepare(settings: SchemeSettings): PreparedScheme
}

/** What a scheme gets to know of the verifier that it belongs to. */
export interface SchemeSettings {
  readonly environment: string
  readonly api: string
  readonly credentials: CredentialStore
  readonly replay: ReplayGuard
  readonly headerRules: HeaderRules
  readonly escapedPaths: boolean
  readonly explain: boolean
  readonly trustedProxies: readonly IpRange[]
  readonly now: () => number
}

/** A scheme at work. */
export interface PreparedScheme {
  readonly name: SchemeName
  /** What WWW-Authenticate offers, e.g. `Bearer realm="orders"`. */
  readonly challenges: readonly string[]
  /** Form only, no look-up: the text by which this request presents a credential of this scheme, if it does. */
  find(request: ParsedRequest): string | undefined
  /**
   * Proves who sent the request: form, look-up, proof, freshness.
   *
   * @param presented what `find` gave
   * @throws VerificationError the proof does not hold
   * @throws DependencyError it could not be judged
   */
  authenticate(
    request: ParsedRequest,
    presented: string,
    attempt: SchemeAttempt,
  ): Authenticated | Promise<Authenticated>
}

/** The request's way through the pipeline, as a scheme sees it. */
export interface SchemeAttempt {
  /** ms since epoch; one reading for the whole request. */
  readonly now: number
  /** The window of this route. */
  readonly freshness: Freshness
  /** Set while something is waited for: an unknown throw then is its outage (503). */
  waitingFor: string | undefined
  /** SHA-256 of the raw body, hex; computed at the first call. */
  hashBody(): string
  /** To be called as soon as the proof holds: what is thrown later is audited with the caller's name. */
  authenticated(credential: Credential): void
}

/** A caller whose proof holds. */
export interface Authenticated {
  readonly credential: Credential
  /** Those of the credential that this proof may use, e.g. those of the token. Absent: all of them. */
  readonly scopes?: readonly string[] | undefined
  /** What a handler may act on: lower-case names, canonical values. */
  readonly signedHeaders: () => ReadonlyMap<string, string>
  /** What makes this request usable once only; `undefined` for a plain bearer, which proves nothing about it. */
  readonly claim: SchemeClaim | undefined
  /** What a third party can check later; only asymmetric signatures have it. */
  readonly evidence?: SignatureEvidence | undefined
}

/** One verified request, by bytes that the caller did not choose (`spec/partner-signing.md` §10). */
export interface SchemeClaim {
  /** 16 bytes. */
  readonly id: Uint8Array
  /** Signed time of the request, ms since epoch. */
  readonly timestamp: number
}
