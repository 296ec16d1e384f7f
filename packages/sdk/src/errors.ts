import type { FieldProblem, ProblemDetails } from './problem-details.js'

/** The facts of a {@link PartnerError}, beside its message. */
export interface PartnerErrorFacts {
  readonly retryable?: boolean | undefined
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  readonly problem?: ProblemDetails | undefined
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * Everything this package throws, apart from an abort: that rejects with the reason of the caller's own signal.
 *
 * Match on `code`, not on the message. Codes of answers are the server's (`spec/errors.md`); codes of the client stand at
 * the subclasses. No secret, token or signature is ever part of `message`, `cause` or a property.
 *
 * @example
 * ```ts
 * import { hmacAuth, PartnerClient, PartnerError } from '@countersign/sdk'
 *
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: '…', environment: 'sandbox', api: 'orders' })
 * const client = new PartnerClient({ baseUrl: 'http://127.0.0.1:8787', auth })
 * try {
 *   await client.orders.pushStatus('A-1001', { status: 'shipped', occurredAt: new Date() })
 * } catch (error) {
 *   if (error instanceof PartnerError && error.retryable) console.log('again later:', error.code, error.requestId)
 *   else throw error
 * }
 * ```
 */
export class PartnerError extends Error {
  override readonly name: string = 'PartnerError'
  readonly code: string
  /** Whether the same call may succeed later without any change. Calls of this package already retried. */
  readonly retryable: boolean
  /** HTTP status of the answer, if there was one. */
  readonly status: number | undefined
  /** What to tell the platform's support. */
  readonly requestId: string | undefined
  readonly problem: ProblemDetails | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, facts: PartnerErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable ?? false
    this.status = facts.status
    this.requestId = facts.requestId
    this.problem = facts.problem
    this.retryAfterMs = facts.retryAfterMs
  }
}

/**
 * The caller must change something; nothing was sent. Codes: `base_url_invalid`, `option_invalid`, `proxy_invalid`,
 * `secret_invalid`, `secret_unavailable`, `private_key_invalid`, `signing_failed`, `body_invalid`, `body_not_signable`,
 * `client_closed`, and those of
 * `ProtocolError` (`target_not_canonical`, `query_not_canonical`, `header_invalid`, `key_id_invalid` …).
 */
export class UsageError extends PartnerError {
  override readonly name = 'UsageError' as const
}

/** An event that the API would refuse; nothing was sent. Code `order_status_invalid`; every wrong field is listed. */
export class OrderStatusError extends PartnerError {
  override readonly name = 'OrderStatusError' as const
  readonly errors: readonly FieldProblem[]

  constructor(errors: readonly FieldProblem[]) {
    const shown = errors
      .map(({ pointer, detail }) => `${pointer === '' ? 'event' : pointer}: ${detail}`)
      .join(' ')
    super('order_status_invalid', `The order status is not valid. ${shown}`)
    this.errors = errors
  }
}

/**
 * 401 or 403: who calls, or what the credential may do. `code` is the server's: `invalid_credentials`, `scope_missing` …;
 * of an authorization server `invalid_client`, `invalid_scope` …
 */
export class AuthenticationError extends PartnerError {
  override readonly name = 'AuthenticationError' as const
}

/** Any other 4xx but 429: the request was understood and refused for good. `code` is the server's. */
export class RequestRefusedError extends PartnerError {
  override readonly name = 'RequestRefusedError' as const
}

/**
 * 408, 425, 429, 5xx or a retryable problem, after all attempts. `code` is the server's: `rate_limited`, `http_503` …; or
 * `token_endpoint_unavailable` (no access token to be had), `circuit_open` (not sent: too many failures in a row).
 */
export class ServiceUnavailableError extends PartnerError {
  override readonly name = 'ServiceUnavailableError' as const
}

/**
 * No answer. Codes: `dns_failed`, `tls_failed`, `proxy_failed`, `connection_refused`, `connection_failed`,
 * `connection_lost`, `connect_timeout`, `response_timeout`. Unless {@link ConnectionError.notSent} is true the request may have been carried
 * out; an event may be sent again all the same, because its `eventId` stays.
 */
export class ConnectionError extends PartnerError {
  override readonly name = 'ConnectionError' as const
  /** True when the request certainly never left this machine: no connection came about. */
  readonly notSent: boolean

  constructor(
    code: string,
    message: string,
    facts: PartnerErrorFacts & { readonly notSent?: boolean | undefined } = {},
  ) {
    super(code, message, { retryable: true, ...facts })
    this.notSent = facts.notSent ?? false
  }
}

/** An answer that is none of this API. Codes: `redirect_refused`, `response_invalid`, `response_too_large`, `token_response_invalid`. */
export class ResponseError extends PartnerError {
  override readonly name = 'ResponseError' as const
}
