import type { Duplex } from 'node:stream'
import { VerificationError } from '../errors.js'
import { type ProblemResponse, toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'

/**
 * For `server.on('clientError', …)` of node:http and node:https, and Fastify's `clientErrorHandler`: what is not even
 * HTTP is answered on the bare socket, with a problem like everything else. HTTP/2 resets the stream instead.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { answerClientError } from '@countersign/server-verify/node'
 *
 * createServer().on('clientError', answerClientError)
 * ```
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  // Nobody is there any more, or an answer is already on its way.
  if (error.code === 'ECONNRESET' || !socket.writable || hasAnswered(socket)) {
    socket.destroy(error)
    return
  }
  const { status, headers, body } = toClientProblem(error)
  const text = JSON.stringify(body)
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(text), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const reason = status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head}\r\n${text}`)
}

/** What the parser of node:http could not read, as a problem. */
export function toClientProblem(error: { readonly code?: string }): ProblemResponse {
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new VerificationError('headers_too_large', { part: 'headers' })
      : new VerificationError('header_invalid', {
          part: 'request',
          message: 'The bytes are not a complete HTTP/1.1 request.',
        })
  return toProblem(refusal, { requestId: createRequestId() })
}

function hasAnswered(socket: Duplex): boolean {
  return 'bytesWritten' in socket && socket.bytesWritten !== 0
}
