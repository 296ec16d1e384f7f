import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { toProblem } from '../problem-response.js'
import { formatQuotaHeaders } from '../rate-limit.js'
import { createRequestId } from '../request-id.js'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { captureBody, captureRequest, type NodeRequest } from './capture-request.js'

export type { NodeRequest } from './capture-request.js'
export type NodeResponse = ServerResponse | Http2ServerResponse

/** Runs for verified requests only. `body` holds the raw bytes that were signed; the stream is used up. */
export type VerifiedHandler = (
  request: NodeRequest,
  response: NodeResponse,
  caller: VerifiedCaller,
  body: Buffer,
) => void | Promise<void>

/**
 * A request listener for node:http, node:https and node:http2 (compatibility API): verifies, then calls the handler;
 * everything else is answered with a problem.
 *
 * @param requirement for all requests, or by request
 * @param onError gets what is no refusal: an outage, a body that was read too early, an error of the handler.
 *   Default: `process.emitWarning`
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import type { RequestVerifier } from '@countersign/server-verify'
 * import { createVerifiedHandler } from '@countersign/server-verify/node'
 *
 * export const serve = (verifier: RequestVerifier) =>
 *   createServer(
 *     createVerifiedHandler(verifier, { scopes: ['orders:read'] }, (_request, response, caller) => {
 *       response.end(`hello ${caller.partnerId}`)
 *     }),
 *   )
 * ```
 */
export function createVerifiedHandler(
  verifier: RequestVerifier,
  requirement: Requirement | ((request: NodeRequest) => Requirement),
  handler: VerifiedHandler,
  onError: (error: unknown) => void = error => process.emitWarning(String(error)),
): (request: NodeRequest, response: NodeResponse) => void {
  const serve = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    try {
      const body = await captureBody(request, verifier.limits)
      const required = typeof requirement === 'function' ? requirement(request) : requirement
      const caller = await verifier.verify(captureRequest(request, body), required)
      response.setHeader('x-request-id', caller.requestId)
      if (caller.quota !== undefined)
        for (const [name, value] of formatQuotaHeaders(caller.quota)) response.setHeader(name, value)
      await handler(request, response, caller, body)
    } catch (error) {
      answer(request, response, error)
      if (toProblem(error, { requestId: '' }).status === 503) onError(error)
    }
  }
  return (request, response) => void serve(request, response)
}

function answer(request: NodeRequest, response: NodeResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.end()
  const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  // The rest of a body that was too large is not worth a connection.
  if (!request.complete && request.httpVersionMajor === 1) response.setHeader('connection', 'close')
  response.end(JSON.stringify(body))
}
