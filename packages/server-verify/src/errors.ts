import type { ProtocolError } from '@countersign/protocol'
import {
  type DependencyErrorCode,
  PROBLEM_KINDS,
  type VerificationErrorCode,
} from './verification-error-codes.js'

/** Facts that go with a refusal. */
export interface VerificationErrorFacts {
  /** Text for the outside; default: the fixed text of the code. Never a secret, token or signature. */
  readonly message?: string | undefined
  /** Which part of the request is wrong, e.g. `path`, `x-partner-date`. */
  readonly part?: string | undefined
  /** Private: what really happened, for the audit record only, e.g. `unknown_key`. Default: the code. */
  readonly detail?: string | undefined
  /** Seconds, for 429. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/** What `explain: true` adds to a failed signature of a known key. */
export interface SignatureExplanation {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

/**
 * The request is refused, and the caller can do something about it. Match on `code`.
 *
 * `message` may be shown to the caller, `detail` never: it tells an unknown key from a wrong signature.
 *
 * @example
 * ```ts
 * import { VerificationError } from '@countersign/server-verify'
 *
 * const refused = new VerificationError('scope_missing', { message: 'The scope orders:read is missing.' })
 * console.log(refused.status, refused.code) // 403 scope_missing
 * ```
 */
export class VerificationError extends Error {
  override readonly name = 'VerificationError' as const
  readonly code: VerificationErrorCode
  /** HTTP status. */
  readonly status: number
  readonly part: string | undefined
  /** Private, for the audit record. */
  readonly detail: string
  readonly retryAfter: number | undefined
  /** The value for WWW-Authenticate; set by the verifier on every 401. */
  challenge: string | undefined
  /** Set by the verifier. */
  requestId: string | undefined
  /** The server's time in ms, set with `clock_skew`. */
  serverTimeMs: number | undefined
  explanation: SignatureExplanation | undefined
  /** More response headers, e.g. those of a quota. */
  headers: ReadonlyMap<string, string> | undefined

  constructor(code: VerificationErrorCode, facts: VerificationErrorFacts = {}) {
    super(
      facts.message ?? PROBLEM_KINDS[code].detail,
      facts.cause === undefined ? undefined : { cause: facts.cause },
    )
    this.code = code
    this.status = PROBLEM_KINDS[code].status
    this.part = facts.part
    this.detail = facts.detail ?? code
    this.retryAfter = facts.retryAfter
    this.challenge = undefined
    this.requestId = undefined
    this.serverTimeMs = undefined
    this.explanation = undefined
    this.headers = undefined
  }
}

/**
 * The request could not be judged because something the service depends on failed: 503 with Retry-After, and never
 * a 401. `cause` holds the reason, for logs only.
 *
 * @example
 * ```ts
 * import { DependencyError } from '@countersign/server-verify'
 *
 * const down = new DependencyError('dependency_unavailable', { dependency: 'credential store', retryAfter: 2 })
 * console.log(down.status, down.retryAfter) // 503 2
 * ```
 */
export class DependencyError extends Error {
  override readonly name = 'DependencyError' as const
  readonly code: DependencyErrorCode
  readonly status = 503 as const
  /** What failed, e.g. `credential store`. Private. */
  readonly dependency: string
  /** Seconds. */
  readonly retryAfter: number
  /** Set by the verifier. */
  requestId: string | undefined

  constructor(
    code: DependencyErrorCode,
    facts: {
      readonly dependency: string
      readonly retryAfter?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(PROBLEM_KINDS[code].detail, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.dependency = facts.dependency
    this.retryAfter = facts.retryAfter ?? 1
    this.requestId = undefined
  }
}

/** A malformed value of the wire format as a refusal; the two vocabularies differ in four words only. */
export function refuseMalformed(error: ProtocolError): VerificationError {
  const facts = { message: error.message, part: error.part }
  switch (error.code) {
    case 'payload_hash_invalid':
      return new VerificationError(
        error.part === 'unsigned-payload' ? 'unsigned_payload' : 'payload_hash_mismatch',
        facts,
      )
    case 'content_digest_invalid':
      return new VerificationError('content_digest_mismatch', facts)
    case 'scheme_invalid':
      return new VerificationError('authorization_malformed', facts)
    default:
      return new VerificationError(error.code, facts)
  }
}
