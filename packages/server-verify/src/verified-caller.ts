import type { ParsedRequest } from './parsed-request.js'
import type { QuotaDecision } from './rate-limit.js'
import type { VerifiedSignature } from './schemes/hmac-verification.js'

/**
 * A caller whose request was verified: who it is, and the signed parts of what it sent. Only the verifier makes one,
 * so a handler that asks for one cannot be reached without verification.
 */
export class VerifiedCaller {
  readonly partnerId: string
  /** The key id. */
  readonly credentialId: string
  readonly scheme: 'hmac'
  readonly requestId: string
  readonly method: string
  /** Raw path and query, as signed. */
  readonly target: { readonly path: string; readonly query: string }
  /** SHA-256 of the raw body, 64 lower-case hex digits. */
  readonly bodySha256: string
  /** What is left of the quota; `undefined` without a rate limit. */
  quota: QuotaDecision | undefined
  readonly #scopeList: readonly string[]
  readonly #canonicalRequest: string
  #scopes: ReadonlySet<string> | undefined
  #signedHeaders: ReadonlyMap<string, string> | undefined

  private constructor(
    verified: VerifiedSignature,
    { incoming, path, query }: ParsedRequest,
    requestId: string,
    bodySha256: string,
  ) {
    this.partnerId = verified.credential.partnerId
    this.credentialId = verified.credential.keyId
    this.scheme = 'hmac'
    this.requestId = requestId
    this.method = incoming.method
    this.target = { path, query }
    this.bodySha256 = bodySha256
    this.quota = undefined
    this.#scopeList = verified.credential.scopes
    this.#canonicalRequest = verified.canonicalRequest
  }

  /** @internal */
  static create(
    verified: VerifiedSignature,
    parsed: ParsedRequest,
    requestId: string,
    bodySha256: string,
  ): VerifiedCaller {
    return new VerifiedCaller(verified, parsed, requestId, bodySha256)
  }

  /** What the credential may do. */
  get scopes(): ReadonlySet<string> {
    return (this.#scopes ??= new Set(this.#scopeList))
  }

  /** The signed headers only, lower-case names, canonical values. A header that is not here must not be acted on. */
  get signedHeaders(): ReadonlyMap<string, string> {
    return (this.#signedHeaders ??= readCanonicalHeaders(this.#canonicalRequest))
  }
}

// Line 4 up to the empty line that ends them (`spec/partner-signing.md` §4); no other line can hold a newline.
function readCanonicalHeaders(canonicalRequest: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of canonicalRequest.split('\n').slice(3)) {
    const colon = line.indexOf(':')
    if (colon === -1) break
    headers.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return headers
}
