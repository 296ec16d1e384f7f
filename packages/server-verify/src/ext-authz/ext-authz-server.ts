import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { captureBody } from '../adapters/capture-request.js'
import { answerClientError } from '../adapters/client-error.js'
import { type ErrorListener, warn } from '../adapters/node-problem.js'
import { VerificationError } from '../errors.js'
import type { IncomingRequest } from '../incoming-request.js'
import { type IpRange, isInAnyRange, parseIpAddress, parseIpRange } from '../ip-address.js'
import { toProblem } from '../problem-response.js'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import { answerPassed, answerRefused, answerUnreadable } from './check-answer.js'
import { refuseIdentityHeaders } from './identity-headers.js'
import { type Gateway, readFromEnvoy, readFromNginx } from './original-request.js'

/** The request that a caller sent to the gateway, as far as a requirement may depend on it. Nothing is verified yet. */
export interface OriginalRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
}

/** How a gateway asks, and what it lets pass. */
export interface ExtAuthzOptions {
  readonly gateway: Gateway
  /** For all requests, or by request; `undefined` for one that nobody may send: 403 `resource_denied`. */
  readonly requirement: Requirement | ((original: OriginalRequest) => Requirement | undefined)
  /** Addresses and CIDR ranges that may ask. Default: this machine. */
  readonly gateways?: readonly string[] | undefined
  /** Envoy's `path_prefix`. Default `/check`. nginx asks for this very path. */
  readonly path?: string | undefined
  /** Hears of outages and of mistakes in the gateway's configuration. Default: `process.emitWarning` */
  readonly onError?: ErrorListener | undefined
}

const LOOPBACK = ['127.0.0.0/8', '::1/128']
// Above the verifier's own limits, so that it can say what is wrong.
const MAX_HEADER_BYTES = 65_536

/**
 * The external authorization of a gateway: `auth_request` of nginx or `ext_authz` over HTTP of Envoy. It does not
 * listen yet; let it listen where nobody but the gateway can reach it, because whoever asks is believed to be one.
 *
 * A request that passes goes upstream with `Countersign-Partner`, `-Scopes`, `-Request-Id` and `-Body-Sha256`; a
 * request that brings such headers is refused. The service behind calls `verifyBody` before it acts on a body.
 * `examples/services/nginx` and `examples/services/envoy` hold the gateways' side.
 *
 * @throws TypeError an address in `gateways` is malformed
 *
 * @example
 * ```ts
 * import { createExtAuthzServer, type RequestVerifier } from '@countersign/server-verify'
 *
 * export const serve = (verifier: RequestVerifier) =>
 *   createExtAuthzServer(verifier, {
 *     gateway: 'nginx',
 *     requirement: ({ method }) => ({ scopes: [method === 'GET' ? 'orders:read' : 'orders:status:write'] }),
 *   }).listen(9000, '127.0.0.1')
 * ```
 */
export function createExtAuthzServer(verifier: RequestVerifier, options: ExtAuthzOptions): Server {
  const { gateway, requirement, path = '/check', onError = warn } = options
  const gateways = (options.gateways ?? LOOPBACK).map(parseIpRange)

  const check = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let original: IncomingRequest
    try {
      assertGateway(request, gateways)
      original = await readOriginal(request, gateway, path, verifier)
    } catch (error) {
      if (error instanceof VerificationError) return answerRefused(response, error, gateway)
      onError(error)
      return answerMistake(response)
    }
    try {
      refuseIdentityHeaders(original.rawHeaders)
      const caller = await verifier.verify(original, resolveRequirement(requirement, original))
      caller.release()
      answerPassed(response, caller, gateway)
    } catch (error) {
      if (toProblem(error, { requestId: '' }).status === 503) onError(error)
      answerRefused(response, error, gateway)
    }
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requireHostHeader: false }, (...of) => {
    check(...of).catch(onError)
  })
  return server.on('clientError', gateway === 'nginx' ? answerUnreadable : answerClientError)
}

async function readOriginal(
  request: IncomingMessage,
  gateway: Gateway,
  path: string,
  { limits }: RequestVerifier,
): Promise<IncomingRequest> {
  if (gateway === 'envoy') return readFromEnvoy(request, await captureBody(request, limits), path)
  if (request.url !== path) throw new TypeError(`nginx asks for another path than ${path}.`)
  return readFromNginx(request)
}

function assertGateway({ socket }: IncomingMessage, gateways: readonly IpRange[]): void {
  const address = parseIpAddress(socket.remoteAddress ?? '')
  if (address !== undefined && isInAnyRange(address, gateways)) return
  throw new TypeError('Somebody who is no gateway asks: let this server listen on a private address only.')
}

function resolveRequirement(
  requirement: ExtAuthzOptions['requirement'],
  { method, target }: IncomingRequest,
): Requirement {
  if (typeof requirement !== 'function') return requirement
  const found = requirement({ method, path: target.split('?', 1)[0]! })
  return found ?? { scopes: [], resource: () => 'deny' }
}

// A gateway that is set up wrongly must not look like a caller that is refused.
function answerMistake(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'text/plain' }).end('The gateway is not set up as it must be.\n')
}
