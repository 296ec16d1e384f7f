import { createCanonicalUri, ProtocolError } from '@countersign/protocol'
import type { Authenticator } from './authenticator.js'
import type { CircuitBreakerOptions } from './circuit-breaker.js'
import type { ClientCertificateOptions } from './client-certificate.js'
import type { DebugEvent } from './debug-event.js'
import { UsageError } from './errors.js'
import type { Logger, LogLevel } from './event-log.js'
import type { RetryOptions } from './retry-policy.js'
import type { OpenTelemetryApi } from './telemetry.js'

/** How a {@link PartnerClient} reaches the API. */
export interface PartnerClientOptions {
  /** `https://api.example.com`, with a path when the API lives below one; `http` for a sandbox. */
  readonly baseUrl: string | URL
  /** Who calls: `hmacAuth({ … })`. */
  readonly auth: Authenticator
  readonly retry?: RetryOptions | undefined
  /** One attempt, from hand-over to the last byte, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Until the connection stands, TLS and proxy included. Default 10,000. Not with `fetch`. */
  readonly connectTimeoutMs?: number | undefined
  /** Until the answer begins, and between two parts of it. Default: `timeoutMs`. Not with `fetch`. */
  readonly headersTimeoutMs?: number | undefined
  /** A larger answer is an error. Default 16 MiB. */
  readonly maxResponseBytes?: number | undefined
  /** PEM; trusted in addition to the built-in authorities. Not with `fetch`. */
  readonly caBundle?: string | Uint8Array | undefined
  /** Shown to servers that ask for one; also to the token endpoint. Not with `fetch`. */
  readonly clientCertificate?: ClientCertificateOptions | undefined
  /** HTTP/2 where the server offers it (ALPN). Default true. Not with `fetch`. */
  readonly http2?: boolean | undefined
  /** `false`: none. Default: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`. Not with `fetch`. */
  readonly proxy?: string | URL | false | undefined
  /** Replaces the whole transport, e.g. by a mock. Redirects are not followed either way. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** `false`: a server that fails is asked again and again. Default: 20 failures in a row, then 5 s of silence. */
  readonly circuitBreaker?: CircuitBreakerOptions | false | undefined
  /** Where to log; `console` will do. No line holds a secret, token, signature or body. Default: nowhere. */
  readonly logger?: Logger | undefined
  /** The least level that is logged. Default `warn`. */
  readonly logLevel?: LogLevel | undefined
  /** The module `@opentelemetry/api`: a span for each call and each attempt, and trace headers on the requests. */
  readonly openTelemetry?: OpenTelemetryApi | undefined
  /** Told what is signed, sent and waited for. Gets no secret, token or signature. */
  readonly onDebug?: ((event: DebugEvent) => void) | undefined
  /** Milliseconds since 1970-01-01T00:00:00Z. Default `Date.now`. */
  readonly clock?: (() => number) | undefined
  /** Put before the package's own words in User-Agent, e.g. `acme-erp/4.2`. */
  readonly userAgent?: string | undefined
}

/** A base URL taken apart. */
export interface BaseUrl {
  readonly origin: string
  readonly authority: string
  /** Canonical, without a slash at its end; `''` for none. */
  readonly path: string
}

/** @throws UsageError `base_url_invalid` */
export function parseBaseUrl(value: string | URL): BaseUrl {
  const text = String(value)
  // The text may hold a password: it stands in no message.
  if (!URL.canParse(text)) throw refuse('is no absolute URL such as https://api.example.com')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse('must begin with https:// or http://')
  if (url.username !== '' || url.password !== '') throw refuse('must not hold a user name or password')
  if (url.search !== '' || url.hash !== '') throw refuse('must not hold a query or fragment')
  const path = url.pathname.replace(/\/$/, '')
  try {
    if (path !== '') createCanonicalUri(path)
  } catch (error) {
    if (error instanceof ProtocolError) throw refuse(`has a path that cannot be signed. ${error.message}`)
    throw error
  }
  return { origin: url.origin, authority: url.host, path }
}

function refuse(what: string): UsageError {
  return new UsageError('base_url_invalid', `The base URL ${what}.`)
}
