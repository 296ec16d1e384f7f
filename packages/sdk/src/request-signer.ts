import type { HeaderPair, SigningScheme } from '@countersign/protocol'
import { createPairSigner } from './pair-signer.js'
import type { Secret } from './secret.js'

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

function readTarget(request: RequestToSign | UrlToSign): RequestToSign {
  if (!('url' in request)) return request
  const { url: given, ...rest } = request
  const url = typeof given === 'string' ? new URL(given) : given
  return { ...rest, authority: url.host, path: url.pathname, query: url.search.slice(1) }
}
