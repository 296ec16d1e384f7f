import { quoteFragment } from '@countersign/protocol'
import {
  AuthenticationError,
  type PartnerError,
  RequestRefusedError,
  ResponseError,
  ServiceUnavailableError,
} from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'
import { makeSafeText, type ProblemDetails, parseProblemDetails } from './problem-details.js'
import { parseRetryAfter } from './retry-after.js'
import type { ReceivedResponse } from './transport-contract.js'

const REQUEST_ID_HEADERS = ['x-request-id', 'request-id']
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

export function isSuccess(response: ReceivedResponse): boolean {
  return response.status >= 200 && response.status < 300
}

export function readRequestId(response: ReceivedResponse): string | undefined {
  const name = REQUEST_ID_HEADERS.find(header => response.headers[header] !== undefined)
  return name === undefined ? undefined : makeSafeText(response.headers[name]!)
}

/**
 * The body of an answer: parsed when it calls itself JSON, else as text; undefined when empty.
 *
 * @throws ResponseError `response_invalid`
 */
export function readBody(response: ReceivedResponse): unknown {
  if (response.body.length === 0) return undefined
  const isJson = /^application\/(?:[a-z0-9.+-]+\+)?json *(?:;|$)/i.test(
    response.headers['content-type'] ?? '',
  )
  try {
    const text = strictUtf8.decode(response.body)
    return isJson ? (JSON.parse(text) as unknown) : text
  } catch (cause) {
    const what = isJson ? 'no JSON, though it says so' : 'no UTF-8 text'
    throw invalidResponse(response, `its body is ${what}`, cause)
  }
}

/** An answer with a good status that is not what the API promises. */
export function invalidResponse(response: ReceivedResponse, what: string, cause?: unknown): ResponseError {
  const message = `The answer (${response.status}) is not of this API: ${what}. Check the base URL, and proxies in between.`
  const facts = { status: response.status, requestId: readRequestId(response), cause }
  return new ResponseError('response_invalid', message, facts)
}

/** The error that an answer without success stands for. */
export function describeRefusal(
  request: OutgoingRequest,
  response: ReceivedResponse,
  now: number,
): PartnerError {
  const { status } = response
  const where = `${request.method} ${request.path}`
  if (status < 400) return describeRedirect(where, response)
  const problem = readProblem(response)
  const code = problem?.code ?? `http_${status}`
  const detail = problem?.detail ?? problem?.title ?? 'The answer does not say why.'
  const requestId = problem?.requestId ?? readRequestId(response)
  const message = `${where} was answered ${status} ${code}: ${detail}${requestId === undefined ? '' : ` (request ${requestId})`}`
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now)
  const retryable = problem?.retryable === true || isTransientStatus(status)
  const facts = { status, requestId, problem, retryAfterMs, retryable }
  if (retryable) return new ServiceUnavailableError(code, message, facts)
  if (status === 401 || status === 403) return new AuthenticationError(code, message, facts)
  return new RequestRefusedError(code, message, facts)
}

function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

function readProblem(response: ReceivedResponse): ProblemDetails | undefined {
  try {
    return parseProblemDetails(readBody(response), response.status)
  } catch {
    // An error page of something in between: the status says enough.
    return undefined
  }
}

function describeRedirect(where: string, response: ReceivedResponse): ResponseError {
  const location = response.headers['location']
  const target = location === undefined ? '' : ` to ${quoteFragment(location)}`
  const message = `${where} was answered with a redirect (${response.status})${target}. Redirects are never followed with a credential: correct the base URL.`
  return new ResponseError('redirect_refused', message, {
    status: response.status,
    requestId: readRequestId(response),
  })
}
