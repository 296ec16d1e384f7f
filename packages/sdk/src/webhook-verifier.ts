import {
  createCanonicalHeaders,
  createPayloadHash,
  deriveSigningKey,
  type HmacAuthorization,
  PARTNER_SCHEME,
  ProtocolError,
  parseAuthorizationHeader,
  parseCredentialScope,
  parsePayloadHash,
  parseTimestamp,
} from '@countersign/protocol'
import {
  assertSigned,
  findHeader,
  readArrival,
  type WebhookArrival,
  type WebhookLimits,
  type WebhookRequest,
} from './webhook-arrival.js'
import { WebhookClaims } from './webhook-claims.js'
import { WebhookError, type WebhookErrorCode } from './webhook-error.js'
import { WebhookKeyring, type WebhookKeys } from './webhook-keys.js'
import { assertSignature } from './webhook-signature.js'

/** What a receiver of webhooks knows. */
export interface WebhookVerifierOptions {
  /** The platform's keys for webhooks: never those that pushes are signed with. */
  readonly keys: WebhookKeys
  /** `live`, `sandbox` … */
  readonly environment: string
  /** Hosts, with a port where there is one, at which webhooks arrive: `['hooks.acme.example']`. */
  readonly hosts: readonly string[]
  /** How old and how far ahead a signature may be. Default 300 s each. */
  readonly tolerance?: { readonly pastSeconds: number; readonly futureSeconds: number } | undefined
  /** Default: 1 MiB of body, 16 KiB and 100 headers, 8 KiB of Authorization. */
  readonly limits?: Partial<WebhookLimits> | undefined
  /** Accepted webhooks that are remembered, so that a copy is refused. Default 100,000. */
  readonly maxRemembered?: number | undefined
  /** Milliseconds since 1970-01-01T00:00:00Z. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined
}

/** A webhook that the platform sent, as it sent it. Only a verifier makes one. */
export interface VerifiedWebhook {
  readonly keyId: string
  readonly sentAt: Date
  /** Signed headers only, names in lower case: nothing else may be acted upon. */
  readonly signedHeaders: ReadonlyMap<string, string>
  readonly body: Uint8Array
  /** The body as JSON. @throws SyntaxError */
  json(): unknown
}

/** Verifies webhooks. */
export interface WebhookVerifier {
  /** @throws WebhookError; whatever a function that provides keys throws */
  verify(request: WebhookRequest): Promise<VerifiedWebhook>
}

const API = 'webhooks'
const { algorithm, dateHeader, payloadHashHeader, terminator } = PARTNER_SCHEME
const LIMITS: WebhookLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  headerCount: 100,
  authorizationBytes: 8192,
}
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Makes a verifier for what the platform sends (`spec/partner-signing.md`, PARTNER row, api `webhooks`). A signature of a
 * push never passes as one of a webhook, nor the other way round: the api is part of what is signed. Needs no Node API.
 *
 * @throws TypeError for options that verify nothing: no key, no host, a tolerance that is none; ProtocolError
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createWebhookVerifier, WebhookError } from '@countersign/sdk/webhooks'
 *
 * const verifier = createWebhookVerifier({
 *   keys: [{ keyId: 'hook_acme_2026a', secret: '…' }],
 *   environment: 'live',
 *   hosts: ['hooks.acme.example'],
 * })
 * createServer(async (request, response) => {
 *   const chunks: Uint8Array[] = []
 *   for await (const chunk of request) chunks.push(chunk)
 *   try {
 *     const { method = '', url: target = '', rawHeaders } = request
 *     const webhook = await verifier.verify({ method, target, rawHeaders, body: Buffer.concat(chunks) })
 *     console.log(webhook.json())
 *     response.writeHead(204).end()
 *   } catch (error) {
 *     response.writeHead(error instanceof WebhookError ? error.status : 500).end()
 *   }
 * })
 * ```
 */
export function createWebhookVerifier(options: WebhookVerifierOptions): WebhookVerifier {
  const { environment, tolerance = { pastSeconds: 300, futureSeconds: 300 }, clock = Date.now } = options
  const keyring = new WebhookKeyring(options.keys)
  const hosts = new Set(options.hosts.map(host => host.toLowerCase()))
  if (hosts.size === 0) throw new TypeError('hosts must name at least one host: a signature is for one host.')
  for (const seconds of [tolerance.pastSeconds, tolerance.futureSeconds])
    if (!(seconds >= 0 && seconds <= 86_400)) throw new TypeError('tolerance must be 0 to 86400 seconds.')
  parseCredentialScope(`00000000/${environment}/${API}/${terminator}`)
  const limits = { ...LIMITS, ...options.limits }
  const claims = new WebhookClaims(options.maxRemembered ?? 100_000)

  const verify = async (request: WebhookRequest): Promise<VerifiedWebhook> => {
    const arrival = readArrival(request, host => hosts.has(host), limits)
    const presented = readAuthorization(arrival, environment)
    const { signedMs, timestamp } = presented
    assertSigned(arrival.headers, presented.authorization.signedHeaders)
    const declared = findHeader(arrival.headers, payloadHashHeader)
    if (declared !== undefined) parsePayloadHash(declared)
    const { keyId, scope } = presented.authorization
    const signingKey = await keyring.find(keyId, scope)
    const payloadHash = createPayloadHash(request.body)
    // An unknown key costs as much as a known one.
    const key = signingKey ?? deriveSigningKey(PARTNER_SCHEME, 'nobody', scope)
    const mac = assertSignature({
      request,
      arrival,
      presented: presented.authorization,
      timestamp,
      payloadHash,
      key,
      isKnown: signingKey !== undefined,
    })
    if (declared !== undefined && declared !== payloadHash)
      throw new WebhookError(
        'payload_hash_mismatch',
        'The payload-hash header is not the hash of the body that arrived.',
      )
    const now = clock()
    const { pastSeconds, futureSeconds } = tolerance
    if (!(now - pastSeconds * 1000 <= signedMs && signedMs <= now + futureSeconds * 1000))
      throw new WebhookError(
        'clock_skew',
        `The signature is ${Math.round(Math.abs(now - signedMs) / 1000)} s off this clock.`,
      )
    claims.claim(`${keyId} ${mac.slice(0, 32)}`, signedMs + (pastSeconds + futureSeconds) * 1000, now)
    return {
      keyId,
      sentAt: new Date(signedMs),
      signedHeaders: readSigned(arrival, presented.authorization.signedHeaders),
      body: request.body,
      json: () => JSON.parse(strictUtf8.decode(request.body)) as unknown,
    }
  }
  return {
    async verify(request) {
      try {
        return await verify(request)
      } catch (error) {
        throw error instanceof ProtocolError ? new WebhookError(codeOf(error), error.message) : error
      }
    },
  }
}

function readAuthorization(
  { authorization: value, headers }: WebhookArrival,
  environment: string,
): { readonly authorization: HmacAuthorization; readonly timestamp: string; readonly signedMs: number } {
  if (value !== algorithm && !value.startsWith(`${algorithm} `))
    throw new WebhookError('credentials_missing', `The request is not signed with ${algorithm}.`)
  const authorization = parseAuthorizationHeader(value)
  const timestamp = findHeader(headers, dateHeader)
  if (timestamp === undefined)
    throw new WebhookError('timestamp_invalid', `The header ${dateHeader} is missing.`)
  const signedMs = parseTimestamp(timestamp)
  const { scope } = authorization
  const isOurs =
    scope.date === timestamp.slice(0, 8) &&
    scope.environment === environment &&
    scope.api === API &&
    scope.terminator === terminator
  if (!isOurs)
    throw new WebhookError(
      'credential_scope_invalid',
      `The signature is not for webhooks of ${environment} on that day.`,
    )
  return { authorization, timestamp, signedMs }
}

function readSigned({ headers }: WebhookArrival, names: readonly string[]): ReadonlyMap<string, string> {
  const lines = createCanonicalHeaders(headers, names).split('\n').slice(0, -1)
  return new Map(lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

function codeOf({ code, part }: ProtocolError): WebhookErrorCode {
  if (code === 'payload_hash_invalid')
    return part === 'unsigned-payload' ? 'unsigned_payload' : 'payload_hash_mismatch'
  return CODES.has(code) ? (code as WebhookErrorCode) : 'header_invalid'
}

/** Codes of the protocol that are codes of a webhook as well. */
const CODES: ReadonlySet<string> = new Set<WebhookErrorCode>([
  'target_not_canonical',
  'query_not_canonical',
  'method_invalid',
  'header_invalid',
  'authorization_malformed',
  'credential_scope_invalid',
  'key_id_invalid',
  'signed_headers_invalid',
  'timestamp_invalid',
])
