/** Why a request is no webhook of the platform. */
export type WebhookErrorCode =
  | 'body_too_large'
  | 'headers_too_large'
  | 'target_not_canonical'
  | 'query_not_canonical'
  | 'method_override'
  | 'method_invalid'
  | 'header_invalid'
  | 'duplicate_header'
  | 'authority_not_allowed'
  | 'two_credentials'
  | 'credentials_missing'
  | 'authorization_malformed'
  | 'credential_scope_invalid'
  | 'key_id_invalid'
  | 'signed_headers_invalid'
  | 'timestamp_invalid'
  | 'header_not_signed'
  | 'unsigned_payload'
  | 'payload_hash_mismatch'
  | 'body_not_signed'
  | 'invalid_credentials'
  | 'clock_skew'
  | 'request_replayed'
  | 'receiver_busy'

const STATUS: Readonly<Partial<Record<WebhookErrorCode, number>>> = {
  credentials_missing: 401,
  invalid_credentials: 401,
  clock_skew: 401,
  request_replayed: 409,
  body_too_large: 413,
  authority_not_allowed: 421,
  headers_too_large: 431,
  receiver_busy: 503,
}

/**
 * A request that was not accepted as a webhook. Answer it with `status` and no details; log `code`. No secret and no
 * signature is part of the message.
 *
 * @example
 * ```ts
 * import { WebhookError } from '@countersign/sdk/webhooks'
 *
 * export function answer(error: unknown): number {
 *   return error instanceof WebhookError ? error.status : 500
 * }
 * ```
 */
export class WebhookError extends Error {
  override readonly name = 'WebhookError' as const
  readonly code: WebhookErrorCode
  /** What to answer. */
  readonly status: number
  /** Whether the platform may send it again with success. */
  readonly retryable: boolean

  constructor(code: WebhookErrorCode, message: string) {
    super(message)
    this.code = code
    this.status = STATUS[code] ?? 400
    this.retryable = code === 'request_replayed' || code === 'receiver_busy'
  }
}
