import { AuthenticationError, PartnerError, ResponseError, ServiceUnavailableError } from './errors.js'
import { isRecord, makeSafeText } from './problem-details.js'
import { parseRetryAfter } from './retry-after.js'

const PASSING_CODES: ReadonlySet<string> = new Set(['slow_down', 'temporarily_unavailable', 'server_error'])

/** An answer of an authorization server, as far as its failure depends on it. */
interface Facts {
  readonly status: number | undefined
  readonly headers: Headers | undefined
  /** The member `error` of the answer (RFC 6749 §5.2). */
  readonly error: string | undefined
  readonly description: string | undefined
}

/**
 * The error that a failed request to an authorization server stands for. Nothing of what oauth4webapi throws is passed on
 * as a cause: it holds answers, and those hold tokens.
 *
 * @param redact takes the client's credential out of a text of the server
 */
export function describeTokenFailure(
  error: unknown,
  endpoint: string,
  redact: (text: string) => string,
  now: number,
): PartnerError {
  if (error instanceof PartnerError) return error
  const { status, headers, error: given, description } = readFacts(error)
  const retryAfterMs = parseRetryAfter(headers?.get('retry-after') ?? undefined, now)
  const code = given !== undefined && /^[a-z_]{1,64}$/.test(given) ? given : undefined
  const said = description === undefined ? '' : ` ${makeSafeText(redact(description))}`
  const where = `The token endpoint ${endpoint}`
  if (isPassing(status, code)) {
    const message = `${where} is busy or out of order (${status}${code === undefined ? '' : ` ${code}`}).${said}`
    return new ServiceUnavailableError('token_endpoint_unavailable', message, {
      status,
      retryAfterMs,
      retryable: true,
    })
  }
  if (code !== undefined || status === 401) {
    const message = `${where} refused the client: ${code ?? 'invalid_client'}.${said} ${hintFor(code ?? 'invalid_client')}`
    return new AuthenticationError(code ?? 'invalid_client', message, { status })
  }
  const how = status === undefined ? '' : ` (${status})`
  const hint = 'Check issuer or tokenEndpoint, and proxies in between.'
  return new ResponseError(
    'token_response_invalid',
    `${where} gave an answer that is none of OAuth${how}. ${hint}`,
    { status },
  )
}

function readFacts(error: unknown): Facts {
  const source = error as {
    readonly response?: unknown
    readonly cause?: unknown
    readonly error?: unknown
    readonly error_description?: unknown
  }
  // The answer is a property, or the cause itself, or inside it: there are four kinds of errors.
  const response = [
    source.response,
    source.cause,
    isRecord(source.cause) ? source.cause['response'] : undefined,
  ].find((value): value is Response => value instanceof Response)
  const challenge: unknown = Array.isArray(source.cause) ? source.cause[0] : undefined
  const parameters = isRecord(challenge) && isRecord(challenge['parameters']) ? challenge['parameters'] : {}
  return {
    status: response?.status,
    headers: response?.headers,
    error: text(source.error) ?? text(parameters['error']),
    description: text(source.error_description) ?? text(parameters['error_description']),
  }
}

function isPassing(status: number | undefined, code: string | undefined): boolean {
  if (code !== undefined && PASSING_CODES.has(code)) return true
  return status !== undefined && (status >= 500 || status === 429 || status === 408)
}

function hintFor(code: string): string {
  switch (code) {
    case 'invalid_client':
      return 'Check clientId, the credential and the method; for client_secret_basic also basicEncoding.'
    case 'invalid_scope':
      return 'Ask for a scope that was granted to this client.'
    case 'invalid_target':
      return 'Check resource and audience.'
    case 'unauthorized_client':
    case 'unsupported_grant_type':
      return 'The client must be allowed the grant client_credentials.'
    default:
      return 'Ask who runs the authorization server.'
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
