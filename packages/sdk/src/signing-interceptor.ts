import { formatQuery, type HeaderPair, parseRequestTarget } from '@countersign/protocol'
import type { Authenticator } from './authenticator.js'
import { UsageError } from './errors.js'
import type { OutgoingRequest } from './outgoing-request.js'

/** What undici's dispatch is given, as far as signing is concerned. */
export interface SignableDispatchOptions {
  readonly origin?: string | URL | undefined
  readonly path: string
  readonly method: string
  readonly query?: Readonly<Record<string, unknown>> | null | undefined
  readonly headers?: unknown
  readonly body?: unknown
}

/** What undici's dispatch reports to, as far as signing is concerned. */
export interface FailableHandler {
  onResponseError?(controller: never, error: Error): void
}

/**
 * An interceptor for undici's `dispatcher.compose` that signs what passes through. The body must be text or bytes; a
 * `query` is brought into canonical form. Compose interceptors that retry after this one, so that a retry is signed anew:
 * `agent.compose(signingInterceptor(auth), interceptors.retry())`.
 *
 * The request fails with UsageError `body_not_signable` or a ProtocolError when it cannot be signed.
 *
 * @example
 * ```ts
 * import { hmacAuth, signingInterceptor } from '@countersign/sdk/signing'
 * import { Agent } from 'undici'
 *
 * const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: '…', environment: 'sandbox', api: 'orders' })
 * const dispatcher = new Agent().compose(signingInterceptor(auth))
 * const { statusCode } = await dispatcher.request({ origin: 'http://127.0.0.1:8787', path: '/v1/whoami', method: 'GET' })
 * console.log(statusCode)
 * ```
 */
export function signingInterceptor(
  auth: Authenticator,
): <Options extends SignableDispatchOptions, Handler extends FailableHandler>(
  dispatch: (options: Options, handler: Handler) => boolean,
) => (options: Options, handler: Handler) => boolean {
  return dispatch => (options, handler) => {
    const send = (signed: OutgoingRequest): boolean => {
      const headers = signed.headers.flat()
      headers.push('host', signed.authority)
      const path = signed.query === '' ? signed.path : `${signed.path}?${signed.query}`
      return dispatch({ ...options, path, query: undefined, headers, body: signed.body ?? null }, handler)
    }
    // A compose interceptor answers at once and reports failures to the handler.
    const fail = (error: Error): void => handler.onResponseError?.(undefined as never, error)
    try {
      const signed = auth.authenticate(readRequest(options), { now: Date.now() })
      if (!(signed instanceof Promise)) return send(signed)
      signed.then(send).catch(fail)
    } catch (error) {
      fail(error as Error)
    }
    return true
  }
}

const utf8 = new TextEncoder()

function readRequest(options: SignableDispatchOptions): OutgoingRequest {
  if (options.origin === undefined)
    throw new UsageError('option_invalid', 'A request to be signed needs an origin.')
  const { origin, host } = new URL(options.origin)
  const target = parseRequestTarget(options.path)
  const query = options.query
    ? formatQuery(Object.entries(options.query).map(([k, v]) => [k, String(v)]))
    : target.query
  if (options.query && target.query !== '')
    throw new UsageError('query_not_canonical', 'The query stands in `path` and in `query`. Give it once.')
  const headers = readHeaders(options.headers).filter(([name]) => !TRANSPORT_HEADERS.has(name))
  const body = readBody(options.body)
  return { method: options.method, origin, authority: host, path: target.path, query, headers, body }
}

const TRANSPORT_HEADERS: ReadonlySet<string> = new Set(['host', 'content-length'])

function readBody(body: unknown): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body === 'string') return utf8.encode(body)
  if (body instanceof Uint8Array) return body
  const message = 'The body is a stream or a form: it cannot be hashed before it is sent. Send text or bytes.'
  throw new UsageError('body_not_signable', message)
}

/** undici takes an object, a flat list, or anything that yields pairs. */
function readHeaders(headers: unknown): HeaderPair[] {
  if (headers === undefined || headers === null) return []
  if (Array.isArray(headers) && headers.every(part => typeof part === 'string')) {
    return headers.flatMap((name, index) =>
      index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1] ?? '']] : [],
    )
  }
  const entries =
    Symbol.iterator in Object(headers) ? Array.from(headers as Iterable<unknown>) : Object.entries(headers)
  return (entries as [string, unknown][]).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value])
      .filter(single => single !== undefined && single !== null)
      .map((single): HeaderPair => [name.toLowerCase(), String(single)]),
  )
}
