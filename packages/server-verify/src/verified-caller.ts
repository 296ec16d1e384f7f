import type { Lease } from './concurrency-limit.js'
import type { SchemeName } from './credential.js'
import type { ParsedRequest } from './parsed-request.js'
import type { QuotaDecision } from './rate-limit.js'
import type { Authenticated } from './schemes/verification-scheme.js'
import type { SignatureEvidence } from './signature-evidence.js'

/** What the pipeline has found out when it makes a caller. */
export interface VerifiedFacts {
  readonly authenticated: Authenticated
  readonly scheme: SchemeName
  /** Granted, see `resolveGrantedScopes`. */
  readonly scopes: readonly string[]
  readonly parsed: ParsedRequest
  readonly requestId: string
  readonly bodySha256: string
}

/**
 * A caller whose request was verified: who it is, and the signed parts of what it sent. Only the verifier makes one,
 * so a handler that asks for one cannot be reached without verification.
 */
export class VerifiedCaller {
  readonly partnerId: string
  /** The key id. */
  readonly credentialId: string
  readonly scheme: SchemeName
  readonly requestId: string
  readonly method: string
  /** Raw path and query; with a signature, as signed. */
  readonly target: { readonly path: string; readonly query: string }
  /** SHA-256 of the raw body, 64 lower-case hex digits. */
  readonly bodySha256: string
  /** What is left of the quota; `undefined` without a rate limit. */
  quota: QuotaDecision | undefined
  /** With an asymmetric signature: what a third party can check later. */
  readonly evidence: SignatureEvidence | undefined
  readonly #scopeList: readonly string[]
  readonly #readSignedHeaders: () => ReadonlyMap<string, string>
  #lease: Lease | undefined
  #scopes: ReadonlySet<string> | undefined
  #signedHeaders: ReadonlyMap<string, string> | undefined

  private constructor({ authenticated, parsed, ...facts }: VerifiedFacts) {
    this.partnerId = authenticated.credential.partnerId
    this.credentialId = authenticated.credential.keyId
    this.scheme = facts.scheme
    this.requestId = facts.requestId
    this.method = parsed.incoming.method
    this.target = { path: parsed.path, query: parsed.query }
    this.bodySha256 = facts.bodySha256
    this.quota = undefined
    this.evidence = authenticated.evidence
    this.#scopeList = facts.scopes
    this.#readSignedHeaders = authenticated.signedHeaders
  }

  /** @internal */
  static create(facts: VerifiedFacts): VerifiedCaller {
    return new VerifiedCaller(facts)
  }

  /**
   * Gives back what a concurrency limit lent for this request. Adapters call it when the answer was sent, or the
   * connection closed; a second call does nothing.
   */
  release(): void {
    const released = this.#lease?.release()
    this.#lease = undefined
    // A lease never rejects; if one does, it ends by itself.
    released?.catch(() => undefined)
  }

  /** @internal */
  hold(lease: Lease): void {
    this.#lease = lease
  }

  /** What the credential may do. */
  get scopes(): ReadonlySet<string> {
    return (this.#scopes ??= new Set(this.#scopeList))
  }

  /**
   * Lower-case names, canonical values. With a signature the signed headers only, else a fixed short list
   * (content-type, content-encoding, idempotency-key, traceparent). A header that is not here must not be acted on.
   */
  get signedHeaders(): ReadonlyMap<string, string> {
    return (this.#signedHeaders ??= this.#readSignedHeaders())
  }
}
