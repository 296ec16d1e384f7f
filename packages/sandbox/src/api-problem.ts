import type { FieldError } from './field-error.js'

/** One thing that is wrong with a request: of its body (`pointer`), or of its path or query (`parameter`). */
export type ProblemPart =
  | FieldError
  | { readonly parameter: string; readonly code: string; readonly detail: string }

/** A problem (RFC 9457) as it stands in an answer. The verifier writes the same form. */
export interface ApiProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly retryable: boolean
  readonly requestId: string
  readonly errors: readonly ProblemPart[]
}

/** Every code that the API gives of its own; `spec/errors.md` has these and the verifier's. */
export type ProblemCode =
  | 'json_invalid'
  | 'query_invalid'
  | 'route_not_found'
  | 'order_not_found'
  | 'event_not_found'
  | 'method_not_allowed'
  | 'batch_invalid'
  | 'event_invalid'
  | 'unknown_status'
  | 'occurred_in_future'
  | 'order_id_mismatch'
  | 'event_id_reused'
  | 'supersedes_invalid'
  | 'earlier_item_undecided'
  | 'rate_limited'
  | 'item_undecided'
  | 'dependency_unavailable'

interface ProblemKind {
  readonly status: number
  readonly title: string
  readonly retryable: boolean
}

const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = {
  json_invalid: fault(400, 'The body is not acceptable JSON'),
  query_invalid: fault(400, 'The query is not acceptable'),
  route_not_found: fault(404, 'There is no such route'),
  order_not_found: fault(404, 'There is no such order'),
  event_not_found: fault(404, 'There is no such event'),
  method_not_allowed: fault(405, 'The method is not allowed here'),
  batch_invalid: fault(422, 'The batch is not acceptable'),
  event_invalid: fault(422, 'The event is not acceptable'),
  unknown_status: fault(422, 'The status is not in the vocabulary'),
  occurred_in_future: fault(422, 'The event lies in the future'),
  order_id_mismatch: fault(422, 'The order of the path and that of the body differ'),
  event_id_reused: fault(422, 'The event id was used for another event'),
  supersedes_invalid: fault(422, 'There is no such event to supersede'),
  earlier_item_undecided: outage(424, 'An earlier item of the same order is undecided'),
  rate_limited: outage(429, 'Too many requests'),
  item_undecided: outage(503, 'The item could not be decided now'),
  dependency_unavailable: outage(503, 'The service is temporarily unavailable'),
}

/** An answer that is not a success; thrown anywhere below a route. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem' as const
  readonly code: ProblemCode
  readonly status: number
  readonly errors: readonly ProblemPart[]

  constructor(code: ProblemCode, detail: string, errors: readonly ProblemPart[] = [], cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = PROBLEMS[code].status
    this.errors = errors
  }

  toBody(requestId: string): ApiProblemBody {
    const { title, status, retryable } = PROBLEMS[this.code]
    const { code, message: detail, errors } = this
    return {
      type: `about:blank#${code}`,
      title,
      status,
      detail,
      code,
      retryable,
      requestId,
      errors,
    }
  }

  /** Seconds to wait, where the status asks for saying so. */
  get retryAfter(): number | undefined {
    return this.status === 429 || this.status === 503 ? 1 : undefined
  }
}

function fault(status: number, title: string): ProblemKind {
  return { status, title, retryable: false }
}

function outage(status: number, title: string): ProblemKind {
  return { status, title, retryable: true }
}
