import {
  createCanonicalHeaderValue,
  createCanonicalQuery,
  createCanonicalUri,
  formatQuery,
  ProtocolError,
  parseRequestTarget,
  quoteFragment,
} from '@countersign/protocol'
import { UsageError } from './errors.js'
import type { BaseUrl } from './options.js'
import type { OutgoingRequest } from './outgoing-request.js'

/** A request of the caller's own making. */
export interface PartnerRequest {
  readonly method: string
  /** Below the base URL, canonical as it stands: `/v1/whoami`. May hold a canonical query when `query` is not given. */
  readonly path: string
  /** Any order and any characters: it is sorted and encoded here. */
  readonly query?:
    | Iterable<readonly [name: string, value: string]>
    | Readonly<Record<string, string>>
    | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Bytes and text are sent as they are, anything else as JSON. Content-Type is `application/json` unless given. */
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /**
   * Whether carrying it out twice does no harm, so that it is repeated after a lost answer or a 5xx.
   * Default: for every method but POST and PATCH, and for those when `Idempotency-Key` is given.
   */
  readonly repeatable?: boolean | undefined
}

const utf8 = new TextEncoder()

/**
 * Builds the request that will stand on the wire, in canonical form.
 *
 * @throws UsageError `target_not_canonical`, `query_not_canonical`, `header_invalid`, `body_invalid`
 */
export function buildRequest(base: BaseUrl, userAgent: string, request: PartnerRequest): OutgoingRequest {
  const { path, query } = buildTarget(request)
  const headers = readHeaders(request.headers ?? {})
  const body = encodeBody(request.body)
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  if (!headers.has('accept')) headers.set('accept', 'application/json, application/problem+json')
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent)
  for (const [name, value] of headers) wrap(() => createCanonicalHeaderValue(name, value))
  return {
    method: request.method.toUpperCase(),
    origin: base.origin,
    authority: base.authority,
    path: base.path + path,
    query,
    headers: [...headers],
    body,
  }
}

function readHeaders(given: Readonly<Record<string, string>>): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase()
    if (headers.has(lower)) throw new UsageError('header_invalid', `The header ${lower} is given twice.`)
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(lower))
      throw new UsageError('header_invalid', `${quoteFragment(name)} is no header name.`)
    headers.set(lower, value)
  }
  return headers
}

/** Whether a request may be carried out twice without harm. */
export function isRepeatable(request: PartnerRequest): boolean {
  if (request.repeatable !== undefined) return request.repeatable
  if (!/^(?:POST|PATCH)$/i.test(request.method)) return true
  return Object.keys(request.headers ?? {}).some(name => name.toLowerCase() === 'idempotency-key')
}

function buildTarget(request: PartnerRequest): { path: string; query: string } {
  return wrap(() => {
    const target = parseRequestTarget(request.path)
    const path = createCanonicalUri(target.path)
    if (request.query === undefined) return { path, query: createCanonicalQuery(target.query) }
    if (target.query !== '')
      throw new UsageError('query_not_canonical', 'The query stands in `path` and in `query`. Give it once.')
    const pairs = Symbol.iterator in request.query ? request.query : Object.entries(request.query)
    return { path, query: formatQuery(pairs as Iterable<readonly [string, string]>) }
  })
}

function wrap<T>(build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (error instanceof ProtocolError)
      throw new UsageError(error.code, `Nothing was sent: ${error.message}`, { cause: error })
    throw error
  }
}

function encodeBody(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined
  if (body instanceof Uint8Array) return body
  if (typeof body === 'string') return utf8.encode(body)
  try {
    const json: string | undefined = JSON.stringify(body)
    if (json !== undefined) return utf8.encode(json)
  } catch (cause) {
    throw new UsageError('body_invalid', 'The body cannot be written as JSON.', { cause })
  }
  throw new UsageError('body_invalid', 'The body cannot be written as JSON: it is a function or a symbol.')
}
