import type { Socket } from 'node:net'
import { createRequestId, toProblem, VerificationError } from '@countersign/server-verify'

/** Answers what is not even HTTP, on the bare socket, in the same form as everything else. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  // Nobody is there any more, or an answer is already on its way.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy(error)
    return
  }
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new VerificationError('headers_too_large', { part: 'headers' })
      : new VerificationError('header_invalid', {
          part: 'request',
          message: 'The bytes are not a complete HTTP/1.1 request.',
        })
  const { status, headers, body } = toProblem(refusal, { requestId: createRequestId() })
  const text = JSON.stringify(body)
  const lines = Object.entries({ ...headers, 'content-length': Buffer.byteLength(text), connection: 'close' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(
    `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}\r\n${head}\r\n${text}`,
  )
}
