import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { IncomingRequest, Peer } from '../incoming-request.js'
import { createBodyTooLarge, type RequestLimits } from '../request-limits.js'
import { BodyReadError, ConnectionClosedError } from './adapter-error.js'

/** What node:http, node:https and node:http2 (compatibility API) hand to a handler. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/**
 * Reads the raw body bytes, whatever the method. It stops at the cap and never cuts; trailers are not looked at.
 *
 * @throws VerificationError `body_too_large`
 * @throws BodyReadError when something has read the body before: a mistake in how the service is put together
 * @throws ConnectionClosedError nobody is there any more
 */
export function captureBody(request: NodeRequest, limits: RequestLimits): Promise<Buffer> {
  if (request.readableDidRead || request.readableEnded) return Promise.reject(new BodyReadError())
  // A declared length over the cap is answered at once: some clients wait for a word before they send.
  if (Number(request.headers['content-length']) > limits.bodyBytes) {
    request.resume()
    return Promise.reject(createBodyTooLarge(limits))
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > limits.bodyBytes) {
        chunks.length = 0
        reject(createBodyTooLarge(limits))
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', cause => reject(new ConnectionClosedError({ cause })))
    request.on('close', () => reject(new ConnectionClosedError()))
  })
}

/**
 * The request as it stood on the wire. HTTP/2 pseudo-headers become method, target and authority.
 *
 * @param target the raw one, where the framework writes its own into `request.url`
 */
export function captureRequest(
  request: NodeRequest,
  body: Uint8Array,
  target: string = request.url ?? '',
): IncomingRequest {
  const { rawHeaders, socket } = request
  const isHttp2 = request.httpVersionMajor === 2
  return {
    method: request.method ?? '',
    target,
    rawHeaders: isHttp2 ? withoutPseudoHeaders(rawHeaders) : rawHeaders,
    authority: isHttp2 ? findPseudoHeader(rawHeaders, ':authority') : undefined,
    httpVersion: request.httpVersion,
    body,
    peer: { address: socket.remoteAddress ?? '', ...readCertificate(socket) },
  }
}

function readCertificate(
  socket: NodeRequest['socket'],
): Pick<Peer, 'certificate' | 'certificateAuthorized'> | undefined {
  if (!isTls(socket)) return undefined
  return { certificate: socket.getPeerCertificate().raw, certificateAuthorized: socket.authorized }
}

function isTls(socket: NodeRequest['socket']): socket is TLSSocket {
  return 'getPeerCertificate' in socket
}

function findPseudoHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) if (rawHeaders[i] === name) return rawHeaders[i + 1]
  return undefined
}

function withoutPseudoHeaders(rawHeaders: readonly string[]): string[] {
  const headers: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!rawHeaders[i]!.startsWith(':')) headers.push(rawHeaders[i]!, rawHeaders[i + 1]!)
  }
  return headers
}
