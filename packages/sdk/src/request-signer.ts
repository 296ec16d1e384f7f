import {
  type CredentialScope,
  createPayloadHash,
  createRequestSignature,
  deriveSigningKey,
  EMPTY_PAYLOAD_HASH,
  formatTimestamp,
  type HeaderPair,
  PARTNER_SCHEME,
  parseCredentialScope,
  parseKeyId,
  type SigningKey,
  type SigningScheme,
} from '@countersign/protocol'
import { createNonce } from './nonce.js'
import { Secret } from './secret.js'
import { createSignedHeaderRule, type SignedHeaderRule } from './signed-header-rule.js'

/** Whose signature, and what for. */
export interface RequestSignerOptions {
  /** 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly keyId: string
  readonly secret: string | Secret
  /** `live`, `sandbox` … */
  readonly environment: string
  /** The API's name, e.g. `orders`. */
  readonly api: string
  /** Default: `PARTNER_SCHEME`. */
  readonly scheme?: SigningScheme | undefined
  /** Milliseconds since 1970-01-01T00:00:00Z. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined
  /** Must never return the same value twice within one second. Default: 128 random bits. */
  readonly nonce?: (() => string) | undefined
}

/** A request as it will be sent. */
export interface RequestToSign {
  readonly method: string
  /** The value of Host. */
  readonly authority: string
  /** Raw path. */
  readonly path: string
  /** Raw query without `?`. Default: none. */
  readonly query?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | readonly HeaderPair[] | undefined
  /** Text is signed as UTF-8. */
  readonly body?: Uint8Array | string | undefined
}

/** The same, with the target as a URL. */
export interface UrlToSign extends Omit<RequestToSign, 'authority' | 'path' | 'query'> {
  /** Its path and query must be canonical as they stand (`spec/partner-signing.md` §4.1, §4.2). */
  readonly url: string | URL
}

export interface SignedRequest {
  /** All headers to send but `host` and `content-length`: the given ones, names in lower case, and the signer's. */
  readonly headers: Record<string, string>
  /** For comparing with a verifier's. */
  readonly canonicalRequest: string
  readonly stringToSign: string
}

export interface RequestSigner {
  /**
   * @throws ProtocolError `target_not_canonical`, `query_not_canonical`, `header_invalid` (also for a header that is the
   * signer's to set, or stands twice), `method_invalid`, `signed_headers_invalid`
   */
  sign(request: RequestToSign | UrlToSign): SignedRequest
}

/**
 * Makes a signer (`spec/partner-signing.md`). Synchronous, without network; the signing key is cached for the day.
 * Signed are `host`, date, nonce, payload hash and, if present, `content-type` and every header that must be signed (§9).
 *
 * @throws ProtocolError `key_id_invalid`, `credential_scope_invalid`
 *
 * @example
 * ```ts
 * import { createRequestSigner } from '@countersign/sdk/signing'
 *
 * const signer = createRequestSigner({ keyId: 'demo_acme_key1', secret: 'not a real one', environment: 'sandbox', api: 'orders' })
 * const url = 'http://127.0.0.1:8787/v1/whoami'
 * const { headers } = signer.sign({ method: 'GET', url })
 * console.log(Object.keys(headers))
 * ```
 */
export function createRequestSigner(options: RequestSignerOptions): RequestSigner {
  const signer = createPairSigner(options)
  const clock = options.clock ?? Date.now
  return {
    sign(request) {
      const { given, own, canonicalRequest, stringToSign } = signer.sign(readTarget(request), clock())
      const headers: Record<string, string> = {}
      for (const pair of given) headers[pair[0]] = pair[1]
      for (const pair of own) headers[pair[0]] = pair[1]
      return { headers, canonicalRequest, stringToSign }
    },
  }
}

/** The signer below {@link createRequestSigner} and `hmacAuth`: time is an argument, headers are pairs. */
export interface PairSigner {
  sign(request: RequestToSign, now: number): SignedPairs
}

export interface SignedPairs {
  /** The given headers that are to be sent as well, names in lower case. */
  readonly given: readonly HeaderPair[]
  /** The signer's own headers: authorization, date, nonce, payload hash. */
  readonly own: readonly [HeaderPair, HeaderPair, HeaderPair, HeaderPair]
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/** @throws ProtocolError `key_id_invalid`, `credential_scope_invalid` */
export function createPairSigner(options: Omit<RequestSignerOptions, 'clock'>): PairSigner {
  const { environment, api, scheme = PARTNER_SCHEME } = options
  const { dateHeader, nonceHeader, payloadHashHeader, terminator } = scheme
  const keyId = parseKeyId(options.keyId)
  const secret = options.secret instanceof Secret ? options.secret : new Secret(options.secret)
  const rule = createSignedHeaderRule(scheme)
  const nextNonce = options.nonce ?? createNonce
  parseCredentialScope(`00000000/${environment}/${api}/${terminator}`)

  let second = Number.NaN
  let timestamp = ''
  let scope: CredentialScope = { date: '', environment, api, terminator }
  let signingKey: SigningKey | undefined

  const moveTo = (now: number): void => {
    timestamp = formatTimestamp(now)
    const date = timestamp.slice(0, 8)
    if (date === scope.date) return
    scope = { date, environment, api, terminator }
    signingKey = undefined
  }

  return {
    sign(request, now) {
      const nowSecond = Math.floor(now / 1000)
      if (nowSecond !== second) {
        moveTo(now)
        second = nowSecond
      }
      signingKey ??= deriveSigningKey(scheme, secret.reveal(), scope)
      const payloadHash = hashBody(request.body)
      const date: HeaderPair = [dateHeader, timestamp]
      const nonce: HeaderPair = [nonceHeader, nextNonce()]
      const hash: HeaderPair = [payloadHashHeader, payloadHash]
      const headers: HeaderPair[] = [['host', request.authority], hash, date, nonce]
      const given = takeGiven(request, rule, headers)
      const signedHeaders = headers.length === 4 ? rule.always : rule.sort(headers)
      const { canonicalRequest, stringToSign, authorization } = createRequestSignature(
        { method: request.method, path: request.path, query: request.query ?? '', headers, payloadHash },
        { scheme, keyId, scope, signingKey, timestamp, signedHeaders },
      )
      return {
        given,
        own: [['authorization', authorization], date, nonce, hash],
        canonicalRequest,
        stringToSign,
      }
    },
  }
}

/** Reads the headers that the caller gave; those that must be signed are added to `signed`. */
function takeGiven(
  request: RequestToSign,
  rule: SignedHeaderRule,
  signed: HeaderPair[],
): readonly HeaderPair[] {
  const { headers } = request
  if (headers === undefined) return NO_HEADERS
  const given: HeaderPair[] = []
  // Indices instead of destructuring, here and above: this is the hot path of every request.
  for (const entry of isPairs(headers) ? headers : Object.entries(headers)) {
    const lower = entry[0].toLowerCase()
    const value = entry[1]
    if (rule.isOwn(lower)) {
      if (lower === 'host' && value === request.authority) continue
      throw rule.refuseOwn(lower)
    }
    const pair: HeaderPair = [lower, value]
    given.push(pair)
    if (!rule.mustSign(lower)) continue
    if (signed.some(known => known[0] === lower)) throw rule.refuseRepeated(lower)
    signed.push(pair)
  }
  return given
}

const NO_HEADERS: readonly HeaderPair[] = []

function isPairs(headers: NonNullable<RequestToSign['headers']>): headers is readonly HeaderPair[] {
  return Array.isArray(headers)
}

const utf8 = new TextEncoder()

function hashBody(body: Uint8Array | string | undefined): string {
  if (body === undefined) return EMPTY_PAYLOAD_HASH
  return createPayloadHash(typeof body === 'string' ? utf8.encode(body) : body)
}

function readTarget(request: RequestToSign | UrlToSign): RequestToSign {
  if (!('url' in request)) return request
  const { url: given, ...rest } = request
  const url = typeof given === 'string' ? new URL(given) : given
  return { ...rest, authority: url.host, path: url.pathname, query: url.search.slice(1) }
}
