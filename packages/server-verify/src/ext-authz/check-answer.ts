import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { toClientProblem } from '../adapters/client-error.js'
import { type ProblemResponse, toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { createIdentityHeaders } from './identity-headers.js'
import type { Gateway } from './original-request.js'

/** The real status of a refusal, for `error_page` of nginx. */
const STATUS = 'countersign-status'
/** The problem as one line of JSON in ASCII, for `return` of nginx. */
const PROBLEM = 'countersign-problem'
/** The Content-Type that was signed; nginx leaves a header out that is set to nothing. */
const CONTENT_TYPE = 'countersign-content-type'
// The header section of an answer must fit into nginx's `proxy_buffer_size`, 4 KiB by default.
const MAX_PROBLEM = 2048

/** Lets the request pass: who sent it goes upstream, and headers that were not signed do not. */
export function answerPassed(response: ServerResponse, caller: VerifiedCaller, gateway: Gateway): void {
  for (const [name, value] of Object.entries(createIdentityHeaders(caller))) response.setHeader(name, value)
  const contentType = caller.signedHeaders.get('content-type')
  if (gateway === 'nginx') {
    if (contentType !== undefined) response.setHeader(CONTENT_TYPE, contentType)
    response.writeHead(204).end()
    return
  }
  // Envoy asks for 200, and takes away what this header names.
  const unsigned = ['content-type', 'content-encoding'].filter(name => !caller.signedHeaders.has(name))
  if (unsigned.length > 0) response.setHeader('x-envoy-auth-headers-to-remove', unsigned.join(','))
  response.writeHead(200).end()
}

/** Refuses. nginx knows 401 and 403 only; Envoy hands status, headers and body on as they are. */
export function answerRefused(response: ServerResponse, error: unknown, gateway: Gateway): void {
  const problem = toProblem(error, { requestId: createRequestId() })
  const { status, headers, body } = problem
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (gateway === 'envoy') {
    response.writeHead(status).end(JSON.stringify(body))
    return
  }
  response.setHeader(STATUS, status)
  response.setHeader(PROBLEM, toHeaderValue(problem))
  response.writeHead(status === 401 ? 401 : 403).end()
}

/** nginx hands on values that node's parser refuses, e.g. with control characters: the caller's fault, not an outage. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy(error)
    return
  }
  const problem = toClientProblem(error)
  const told = { ...problem.headers, [STATUS]: problem.status, [PROBLEM]: toHeaderValue(problem) }
  const lines = Object.entries({ ...told, 'content-length': 0, connection: 'close' })
  socket.end(
    `HTTP/1.1 403 Forbidden\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  )
}

function toHeaderValue({ body }: ProblemResponse): string {
  const text = JSON.stringify(body)
  const { explanation: _, ...short } = body
  return toAscii(text.length <= MAX_PROBLEM ? text : JSON.stringify({ ...short, errors: [] }))
}

function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
