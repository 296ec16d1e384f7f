import { DependencyError, type SignatureExplanation, VerificationError } from './errors.js'
import {
  type DependencyErrorCode,
  PROBLEM_KINDS,
  type VerificationErrorCode,
} from './verification-error-codes.js'

/** A problem (RFC 9457) as this API writes it (`spec/errors.md`). */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** `true`: the same business request may be signed and sent again. */
  readonly retryable: boolean
  readonly requestId: string
  readonly errors: readonly ProblemPart[]
  /** Only with `explain: true`, outside `live`, when asked for. */
  readonly explanation?: SignatureExplanation | undefined
}

/** One thing that is wrong. */
export interface ProblemPart {
  /** Which part of the request, e.g. `path`, `x-partner-date`. */
  readonly part: string
  readonly code: string
  readonly detail: string
}

/** A problem ready to be sent; header names in lower case. */
export interface ProblemResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ProblemDetails
}

/**
 * Turns whatever the verifier threw into the answer. Anything that is not one of our errors becomes 503
 * `internal_error` and tells nothing about itself.
 *
 * @param requestId for errors that do not carry one (they do, when `verify` threw them)
 *
 * @example
 * ```ts
 * import { toProblem, VerificationError } from '@countersign/server-verify'
 *
 * const { status, headers, body } = toProblem(new VerificationError('request_replayed'), { requestId: 'req-1' })
 * console.log(status, headers['content-type'], body.retryable) // 409 application/problem+json true
 * ```
 */
export function toProblem(error: unknown, { requestId }: { readonly requestId: string }): ProblemResponse {
  if (error instanceof VerificationError) return ofRefusal(error, error.requestId ?? requestId)
  if (error instanceof DependencyError)
    return ofOutage(error.code, error.retryAfter, error.requestId ?? requestId)
  return ofOutage('internal_error', 1, requestId)
}

function ofRefusal(error: VerificationError, requestId: string): ProblemResponse {
  const headers = startHeaders(requestId)
  if (error.challenge !== undefined) headers['www-authenticate'] = error.challenge
  if (error.serverTimeMs !== undefined) headers['date'] = new Date(error.serverTimeMs).toUTCString()
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter)
  for (const [name, value] of error.headers ?? []) headers[name] = value
  const errors =
    error.part === undefined ? [] : [{ part: error.part, code: error.code, detail: error.message }]
  const body = createBody(error.code, error.message, requestId, errors)
  return {
    status: error.status,
    headers,
    body: error.explanation === undefined ? body : { ...body, explanation: error.explanation },
  }
}

function ofOutage(code: DependencyErrorCode, retryAfter: number, requestId: string): ProblemResponse {
  const headers = startHeaders(requestId)
  headers['retry-after'] = String(retryAfter)
  return { status: 503, headers, body: createBody(code, PROBLEM_KINDS[code].detail, requestId, []) }
}

function startHeaders(requestId: string): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': requestId,
  }
}

function createBody(
  code: VerificationErrorCode | DependencyErrorCode,
  detail: string,
  requestId: string,
  errors: readonly ProblemPart[],
): ProblemDetails {
  const { title, status, retryable } = PROBLEM_KINDS[code]
  const type = `about:blank#${code}`
  return { type, title, status, detail, code, retryable, requestId, errors }
}
