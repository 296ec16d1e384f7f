import { createPayloadHash } from '@countersign/protocol'
import { VerificationError } from '../errors.js'
import { BODY_NOT_SIGNED, IDENTITY_HEADERS } from './identity-headers.js'

interface GatewayIdentity {
  readonly partnerId: string
  readonly scopes: ReadonlySet<string>
  readonly requestId: string
  /** The SHA-256 that was signed, 64 lower-case hex digits; `undefined` for a credential that signs no body. */
  readonly bodySha256: string | undefined
}

/** Who sent a request, as the gateway in front of this service found out. Nobody has compared the body yet. */
export interface GatewayCaller extends GatewayIdentity {
  readonly bodyUnverified: true
}

/** The same, once `verifyBody` has compared the body. */
export interface VerifiedGatewayCaller extends GatewayIdentity {
  readonly bodyUnverified: false
}

/**
 * Reads the identity headers that a gateway with `createExtAuthzServer` sets. Only for a service that nobody but the
 * gateway can reach: anybody else could write these headers.
 *
 * @param rawHeaders flat list name, value …, as `rawHeaders` of node:http
 * @throws VerificationError `credentials_missing` (the request did not come through the gateway), `duplicate_header`,
 *   `header_invalid`
 *
 * @example
 * ```ts
 * import { readGatewayCaller } from '@countersign/server-verify'
 *
 * const caller = readGatewayCaller([
 *   ...['Countersign-Partner', 'acme', 'Countersign-Scopes', 'orders:read'],
 *   ...['Countersign-Request-Id', 'b7e2…', 'Countersign-Body-Sha256', 'unsigned'],
 * ])
 * console.log(caller.partnerId, caller.bodyUnverified) // acme true
 * ```
 */
export function readGatewayCaller(rawHeaders: readonly string[]): GatewayCaller {
  const partnerId = readOnce(rawHeaders, IDENTITY_HEADERS.partner)
  const scopes = readOnce(rawHeaders, IDENTITY_HEADERS.scopes, '')
  const requestId = readOnce(rawHeaders, IDENTITY_HEADERS.requestId)
  const hash = readOnce(rawHeaders, IDENTITY_HEADERS.bodySha256)
  if (hash !== BODY_NOT_SIGNED && !/^[0-9a-f]{64}$/.test(hash))
    throw new VerificationError('header_invalid', {
      part: IDENTITY_HEADERS.bodySha256,
      message: `The gateway's header ${IDENTITY_HEADERS.bodySha256} is malformed.`,
    })
  return {
    partnerId,
    scopes: new Set(scopes.split(' ').filter(scope => scope !== '')),
    requestId,
    bodySha256: hash === BODY_NOT_SIGNED ? undefined : hash,
    bodyUnverified: true,
  }
}

/**
 * To be called before a service behind a gateway acts on a body: the gateway has verified a signature over the body's
 * hash, without the body. Compares the two.
 *
 * @param rawHeaders flat list name, value …, as `rawHeaders` of node:http
 * @param rawBody the bytes as they came, before any parser
 * @throws VerificationError `payload_hash_mismatch`, and what {@link readGatewayCaller} throws
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { buffer } from 'node:stream/consumers'
 * import { toProblem, verifyBody } from '@countersign/server-verify'
 *
 * createServer(async (request, response) => {
 *   try {
 *     const caller = verifyBody(request.rawHeaders, await buffer(request))
 *     response.end(`hello ${caller.partnerId}`)
 *   } catch (error) {
 *     const { status, headers, body } = toProblem(error, { requestId: '' })
 *     response.writeHead(status, headers).end(JSON.stringify(body))
 *   }
 * })
 * ```
 */
export function verifyBody(rawHeaders: readonly string[], rawBody: Uint8Array): VerifiedGatewayCaller {
  const caller = readGatewayCaller(rawHeaders)
  if (caller.bodySha256 !== undefined && caller.bodySha256 !== createPayloadHash(rawBody))
    throw new VerificationError('payload_hash_mismatch', {
      part: 'body',
      message: 'The body that arrived is not the one that was signed.',
    })
  return { ...caller, bodyUnverified: false }
}

// A gateway leaves out a header that would be empty; only a list of scopes may be.
function readOnce(rawHeaders: readonly string[], name: string, absent?: string): string {
  let found: string | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() !== name) continue
    if (found !== undefined)
      throw new VerificationError('duplicate_header', {
        part: name,
        message: `The header ${name} stands twice: the gateway must replace what callers send.`,
      })
    found = rawHeaders[i + 1]!
  }
  const value = found === undefined || found === '' ? absent : found
  if (value === undefined) throw new VerificationError('credentials_missing', { detail: 'no_gateway' })
  return value
}
