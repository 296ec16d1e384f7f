import { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { IncomingRequest, Peer } from '../incoming-request.js'
import { readToldHash } from './told-hash.js'

/** Which gateway asks: they tell the original request in different ways, and understand different answers. */
export type Gateway = 'nginx' | 'envoy'

/** What nginx must set in the location of `auth_request` (Envoy: the peer); it replaces what a caller sent by the name. */
const ORIGINAL = {
  method: 'countersign-original-method',
  target: 'countersign-original-target',
  host: 'countersign-original-host',
  peer: 'countersign-original-peer',
  /** Optional: `$http_content_length`, for callers that sign it. */
  contentLength: 'countersign-original-content-length',
  /** Optional: `$ssl_client_escaped_cert`. */
  certificate: 'countersign-original-certificate',
  /** Optional: `$ssl_client_verify`. */
  certificateVerify: 'countersign-original-certificate-verify',
} as const
// Of the connection between nginx and us.
const OF_THE_CHECK = new Set<string>(['host', 'connection', 'content-length', ...Object.values(ORIGINAL)])

/**
 * The request that a caller sent to nginx. All that nginx itself knows comes from headers that it sets; the body stays
 * with nginx.
 *
 * @throws VerificationError `payload_hash_required`
 * @throws TypeError nginx does not set what it must: a mistake in its configuration
 */
export function readFromNginx({ rawHeaders, headers }: IncomingMessage): IncomingRequest {
  const own = new Map<string, string>()
  const passed: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (!OF_THE_CHECK.has(name)) passed.push(rawHeaders[i]!, rawHeaders[i + 1]!)
    else if (own.has(name) && name.startsWith('countersign-'))
      throw new TypeError(`nginx must set ${name} itself: what a caller sent came through beside it.`)
    else own.set(name, rawHeaders[i + 1]!)
  }
  const read = (name: string): string => {
    const value = own.get(name)
    if (value === undefined) throw new TypeError(`nginx does not set ${name}: add the proxy_set_header line.`)
    return value
  }
  const contentLength = own.get(ORIGINAL.contentLength)
  if (headers['transfer-encoding'] !== undefined || Number(own.get('content-length') ?? 0) !== 0)
    throw new TypeError('nginx sends a body with the check: set proxy_pass_request_body off.')
  if (contentLength !== undefined) passed.push('Content-Length', contentLength)
  const method = read(ORIGINAL.method)
  return {
    method,
    target: read(ORIGINAL.target),
    rawHeaders: ['Host', read(ORIGINAL.host), ...passed],
    body: new Uint8Array(),
    toldBodySha256: readToldHash(method, passed),
    peer: readPeer(read(ORIGINAL.peer), own),
  }
}

function readPeer(address: string, own: ReadonlyMap<string, string>): Peer {
  const escaped = own.get(ORIGINAL.certificate)
  if (escaped === undefined) return { address }
  return {
    address,
    certificate: new X509Certificate(decodeURIComponent(escaped)).raw,
    certificateAuthorized: own.get(ORIGINAL.certificateVerify) === 'SUCCESS',
  }
}

/**
 * The request that a caller sent to Envoy: it comes as it is, with its body, under a path prefix.
 *
 * @throws TypeError prefix or peer are missing, or the body was cut: a mistake in Envoy's configuration
 */
export function readFromEnvoy(
  { method = '', url = '', rawHeaders, headers }: IncomingMessage,
  body: Uint8Array,
  pathPrefix: string,
): IncomingRequest {
  if (!url.startsWith(`${pathPrefix}/`))
    throw new TypeError(
      `The check does not come under ${pathPrefix}: set path_prefix in Envoy's http_service.`,
    )
  if (headers['x-envoy-auth-partial-body'] === 'true')
    throw new TypeError('Envoy sends a part of the body: set allow_partial_message: false.')
  const passed: string[] = []
  const peers: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() === ORIGINAL.peer) peers.push(rawHeaders[i + 1]!)
    else passed.push(rawHeaders[i]!, rawHeaders[i + 1]!)
  }
  if (peers.length !== 1)
    throw new TypeError(
      `Envoy does not set ${ORIGINAL.peer}: add it to headers_to_add of authorization_request.`,
    )
  return {
    method,
    target: url.slice(pathPrefix.length),
    rawHeaders: passed,
    body,
    peer: { address: peers[0]! },
  }
}
