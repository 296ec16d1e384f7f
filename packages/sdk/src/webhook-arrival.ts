import {
  createCanonicalHeaderValue,
  createCanonicalQuery,
  createCanonicalUri,
  type HeaderPair,
  PARTNER_SCHEME,
  parseRequestTarget,
  quoteFragment,
  type RequestTarget,
} from '@countersign/protocol'
import { WebhookError } from './webhook-error.js'

/** A request as it arrived, nothing decoded and nothing parsed. */
export interface WebhookRequest {
  readonly method: string
  /** The raw request target: `request.url` of Node. */
  readonly target: string
  /** Name, value, name, value …: `request.rawHeaders` of Node. */
  readonly rawHeaders: readonly string[]
  /** The raw bytes, before any parser. Text is refused: it has lost what was signed. */
  readonly body: Uint8Array
  /** HTTP/2's `:authority`, where there is no Host. */
  readonly authority?: string | undefined
}

/** Bounds on what is looked at. */
export interface WebhookLimits {
  readonly bodyBytes: number
  readonly headerBytes: number
  readonly headerCount: number
  readonly authorizationBytes: number
}

/** A request taken apart; its headers with names in lower case, in the order of arrival. */
export interface WebhookArrival {
  readonly target: RequestTarget
  readonly headers: readonly HeaderPair[]
  readonly authorization: string
}

const { dateHeader, nonceHeader, payloadHashHeader, headerPrefix } = PARTNER_SCHEME
const METHOD_OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
])
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'host',
  'content-type',
  'content-length',
  'idempotency-key',
  'x-api-key',
  dateHeader,
  nonceHeader,
  payloadHashHeader,
])
const SIGNED_IF_PRESENT: ReadonlySet<string> = new Set([
  'host',
  'idempotency-key',
  'content-encoding',
  'content-digest',
])

/**
 * Reads what arrived, in the order of `spec/partner-signing.md` §9: limits, target, headers, host, credential.
 *
 * @throws WebhookError, ProtocolError
 */
export function readArrival(
  request: WebhookRequest,
  isOwnHost: (authority: string) => boolean,
  limits: WebhookLimits,
): WebhookArrival {
  assertLimits(request, limits)
  const target = parseRequestTarget(request.target)
  createCanonicalUri(target.path)
  createCanonicalQuery(target.query)
  const headers = readHeaders(request.rawHeaders)
  settleHost(headers, request.authority, isOwnHost)
  const authorization = findAuthorization(headers, target.query)
  if (authorization.length > limits.authorizationBytes)
    throw new WebhookError('headers_too_large', 'The Authorization header is too long.')
  return { target, headers, authorization }
}

/** The value of a header, trimmed; undefined: absent. */
export function findHeader(headers: readonly HeaderPair[], name: string): string | undefined {
  return headers.find(pair => pair[0] === name)?.[1].replace(/^[ \t]+|[ \t]+$/g, '')
}

/** @throws WebhookError `header_not_signed` */
export function assertSigned(headers: readonly HeaderPair[], signedHeaders: readonly string[]): void {
  const present = headers.map(([name]) => name)
  const wanted = present.filter(name => SIGNED_IF_PRESENT.has(name) || name.startsWith(headerPrefix))
  for (const name of ['host', dateHeader, ...wanted]) {
    if (signedHeaders.includes(name)) continue
    throw new WebhookError('header_not_signed', `The header ${quoteFragment(name)} is not signed.`)
  }
}

function assertLimits(request: WebhookRequest, limits: WebhookLimits): void {
  const { body, rawHeaders, target } = request
  if (!(body instanceof Uint8Array)) {
    const message = 'verify() wants the raw bytes of the body. Read them before a body parser does.'
    throw new TypeError(message)
  }
  if (body.length > limits.bodyBytes) throw new WebhookError('body_too_large', 'The body is too large.')
  const bytes = rawHeaders.reduce((sum, text) => sum + text.length, target.length)
  if (rawHeaders.length > 2 * limits.headerCount || bytes > limits.headerBytes)
    throw new WebhookError('headers_too_large', 'The headers are too large.')
}

function readHeaders(rawHeaders: readonly string[]): HeaderPair[] {
  const headers: HeaderPair[] = []
  const seen = new Set<string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase()
    if (METHOD_OVERRIDES.has(name))
      throw new WebhookError('method_override', `The header ${name} would change the method.`)
    if (name === '' || name.startsWith(':'))
      throw new WebhookError('header_invalid', 'A header has no name, or one that is not for headers.')
    if (seen.has(name) && ONCE.has(name))
      throw new WebhookError('duplicate_header', `The header ${name} stands twice.`)
    seen.add(name)
    headers.push([name, rawHeaders[at + 1]!])
  }
  return headers
}

function settleHost(
  headers: HeaderPair[],
  authority: string | undefined,
  isOwnHost: (authority: string) => boolean,
): void {
  const given = findHeader(headers, 'host')
  const host = given === undefined ? authority : createCanonicalHeaderValue('host', given)
  if (given === undefined && authority !== undefined) headers.push(['host', authority])
  if (host === undefined || host === '') throw new WebhookError('header_invalid', 'There is no Host header.')
  if (authority !== undefined && authority !== host)
    throw new WebhookError('header_invalid', 'The Host header and :authority differ.')
  if (!isOwnHost(host.toLowerCase()))
    throw new WebhookError('authority_not_allowed', `Webhooks are not received at ${quoteFragment(host)}.`)
}

function findAuthorization(headers: readonly HeaderPair[], query: string): string {
  const isPresigned = query.split('&').some(pair => /^x-[a-z0-9]+-signature=/i.test(pair))
  const authorization = findHeader(headers, 'authorization')
  const hasApiKey = headers.some(([name]) => name === 'x-api-key')
  if (Number(isPresigned) + Number(authorization !== undefined) + Number(hasApiKey) > 1)
    throw new WebhookError('two_credentials', 'The request holds more than one credential.')
  if (isPresigned) throw new WebhookError('authorization_malformed', 'The signature stands in the query.')
  if (authorization === undefined) throw new WebhookError('credentials_missing', 'The request is not signed.')
  return authorization
}
