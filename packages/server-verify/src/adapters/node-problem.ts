import type { ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'
import { ConnectionClosedError } from './adapter-error.js'
import type { NodeRequest } from './capture-request.js'

export type NodeResponse = ServerResponse | Http2ServerResponse

/** Hears of what is no refusal: an outage, a body that was read too early, an error of a handler. */
export type ErrorListener = (error: unknown) => void

/** The listener of a service that named none. */
export const warn: ErrorListener = error => process.emitWarning(String(error))

/** Answers with a problem, whatever was thrown; the listener hears of all that is not the caller's fault. */
export function answerProblem(
  request: NodeRequest,
  response: NodeResponse,
  error: unknown,
  onError: ErrorListener,
): void {
  if (error instanceof ConnectionClosedError) return void response.destroy()
  const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
  if (status === 503) onError(error)
  if (response.headersSent || response.destroyed) return void response.end()
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  // The rest of a body that was too large is not worth a connection.
  if (!request.complete && request.httpVersionMajor === 1) response.setHeader('connection', 'close')
  response.end(JSON.stringify(body))
}
