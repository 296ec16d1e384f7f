/** One wrong field (RFC 9457 extension member `errors`). */
export interface FieldProblem {
  /** RFC 6901 JSON pointer, from the root of the body or event: `/occurredAt`. */
  readonly pointer: string
  /** Which parameter of the path or query, when it is about one. */
  readonly parameter?: string | undefined
  /** Which part of the signature, in the words of `spec/partner-signing.md`, when it is about that. */
  readonly part?: string | undefined
  /** Stable, snake_case. */
  readonly code: string
  readonly detail: string
  /** What was most likely meant. */
  readonly suggestion?: string | undefined
}

/** The body of an error answer (RFC 9457), as `spec/openapi.yaml` describes it. */
export interface ProblemDetails {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string | undefined
  /** Stable; `spec/errors.md` says what to do about each. */
  readonly code: string
  /** Whether the same event may be sent again: system faults are `true`, data faults `false`. */
  readonly retryable: boolean
  readonly requestId?: string | undefined
  readonly errors?: readonly FieldProblem[] | undefined
  /** What the server signed in its turn: outside `live`, for a request with `Countersign-Explain: 1`. */
  readonly explanation?: SignatureExplanation | undefined
}

/** The server's side of a signature that did not fit; byte strings, not fit for a terminal as they are. */
export interface SignatureExplanation {
  readonly canonicalRequest: string
  readonly stringToSign: string
}

const MAX_TEXT = 1000

/**
 * Reads a problem from a parsed JSON body. Tolerant, because it describes a failure: members of the wrong type are left
 * out, texts are made safe for one line of a terminal, and anything that looks like a signature is cut out.
 *
 * @param value parsed JSON, of any shape
 * @param status the status of the answer, for a problem that names none
 * @returns undefined when `value` is no object
 */
export function parseProblemDetails(value: unknown, status: number): ProblemDetails | undefined {
  if (!isRecord(value)) return undefined
  const { errors } = value
  return {
    type: text(value['type']) ?? 'about:blank',
    title: text(value['title']) ?? '',
    status: typeof value['status'] === 'number' ? value['status'] : status,
    detail: text(value['detail']),
    code: code(value['code']) ?? `http_${status}`,
    retryable: value['retryable'] === true,
    requestId: text(value['requestId']),
    errors: Array.isArray(errors) ? errors.filter(isRecord).map(readFieldProblem) : undefined,
    explanation: readExplanation(value['explanation']),
  }
}

function readExplanation(value: unknown): SignatureExplanation | undefined {
  if (!isRecord(value)) return undefined
  const { canonicalRequest, stringToSign } = value
  if (typeof canonicalRequest !== 'string' || typeof stringToSign !== 'string') return undefined
  return { canonicalRequest, stringToSign }
}

function readFieldProblem(value: Record<string, unknown>): FieldProblem {
  return {
    pointer: text(value['pointer']) ?? '',
    ...readNamed(value, 'parameter'),
    ...readNamed(value, 'part'),
    code: code(value['code']) ?? 'invalid',
    detail: text(value['detail']) ?? '',
    suggestion: text(value['suggestion']),
  }
}

function readNamed<Name extends string>(
  value: Record<string, unknown>,
  name: Name,
): { [N in Name]?: string } {
  const found = text(value[name])
  return found === undefined ? {} : ({ [name]: found } as { [N in Name]?: string })
}

function code(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? makeSafeText(value) : undefined
}

/** What credentials look like: a careless server may send back what it was sent. */
const CREDENTIALS: readonly (readonly [RegExp, string])[] = [
  [/Signature=[0-9A-Za-z+/=]+/gi, 'Signature=[redacted]'],
  [/\b(Bearer|DPoP|Basic) +[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  [/\bpk_[a-z]+_[0-9A-Za-z]+_[0-9A-Za-z]+/g, 'pk_[redacted]'],
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, '[redacted]'],
]

/** Text from the other side, fit for a message: shortened, no control characters, nothing that looks like a credential. */
export function makeSafeText(value: string): string {
  const shown = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  const clean = shown.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
  return CREDENTIALS.reduce((text, [form, instead]) => text.replace(form, instead), clean)
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
