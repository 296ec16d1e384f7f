import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { createCallerHeaders } from './caller-headers.js'
import { captureBody, captureRequest, type NodeRequest } from './capture-request.js'
import { answerProblem, type ErrorListener, type NodeResponse, warn } from './node-problem.js'
import { releaseWithResponse } from './release-caller.js'

export type { NodeRequest } from './capture-request.js'
export { answerClientError } from './client-error.js'
export type { ErrorListener, NodeResponse } from './node-problem.js'

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
  onError: ErrorListener = warn,
): (request: NodeRequest, response: NodeResponse) => void {
  const serve = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    try {
      const body = await captureBody(request, verifier.limits)
      const required = typeof requirement === 'function' ? requirement(request) : requirement
      const caller = await verifier.verify(captureRequest(request, body), required)
      releaseWithResponse(caller, response)
      for (const [name, value] of createCallerHeaders(caller)) response.setHeader(name, value)
      await handler(request, response, caller, body)
    } catch (error) {
      answerProblem(request, response, error, onError)
    }
  }
  return (request, response) => void serve(request, response)
}
