import type { Context } from 'hono'
import type { IncomingRequest } from '../incoming-request.js'
import { toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'
import type { RequestLimits } from '../request-limits.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { ConnectionClosedError } from './adapter-error.js'
import { createCallerHeaders } from './caller-headers.js'
import { captureBody, captureRequest, type NodeRequest } from './capture-request.js'
import { captureFetchBody, captureFetchRequest } from './fetch-request.js'
import type { ErrorListener, NodeResponse } from './node-problem.js'
import { releaseWithBody, releaseWithResponse } from './release-caller.js'

// A `Request` of these methods can have no body.
const BODILESS = new Set(['GET', 'HEAD', 'TRACE'])
const EMPTY = new Uint8Array()

/** `@hono/node-server` tells what lies under the `Request`; the caller of the service has no say in `c.env`. */
function findNode(c: Context): { incoming: NodeRequest; outgoing: NodeResponse } | undefined {
  return c.env?.incoming === undefined ? undefined : c.env
}

/** The target as raw as the runtime shows it. */
export function readTarget(c: Context): string {
  return findNode(c)?.incoming.url ?? captureFetchRequest(c.req.raw, EMPTY, undefined).target
}

/**
 * The request as the runtime shows it, and after that a `c.req` that can be read again: the idiom of Hono's own body
 * limit.
 *
 * @throws VerificationError `body_too_large`, `body_not_signed`
 * @throws BodyReadError, ConnectionClosedError
 */
export async function captureContext(
  c: Context,
  limits: RequestLimits,
  address: string | undefined,
): Promise<IncomingRequest> {
  const node = findNode(c)
  const { url, method, headers, signal } = c.req.raw
  const incoming =
    node === undefined
      ? captureFetchRequest(c.req.raw, await captureFetchBody(c.req.raw, limits), address)
      : captureRequest(node.incoming, await captureBody(node.incoming, limits))
  const { body } = incoming
  if (body.length > 0 && !BODILESS.has(method))
    c.req.raw = new Request(url, { method, headers, signal, body })
  return incoming
}

/** Runs what comes after verification, and gives back what was lent for the request. */
export async function serveCaller(
  c: Context,
  caller: VerifiedCaller,
  next: () => Promise<void>,
): Promise<void> {
  const node = findNode(c)
  if (node !== undefined) releaseWithResponse(caller, node.outgoing)
  try {
    await next()
  } catch (error) {
    caller.release()
    throw error
  }
  for (const [name, value] of createCallerHeaders(caller)) c.header(name, value)
  if (node === undefined) c.res = releaseWithBody(caller, c.res)
}

/** Answers with a problem, whatever was thrown; the listener hears of all that is not the caller's fault. */
export function answerContext(c: Context, error: unknown, onError: ErrorListener): Response {
  const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
  if (status === 503 && !(error instanceof ConnectionClosedError)) onError(error)
  const response = new Response(JSON.stringify(body), { status, headers: { ...headers } })
  const incoming = findNode(c)?.incoming
  // The rest of a body that was too large is not worth a connection.
  if (incoming?.httpVersionMajor === 1 && !incoming.complete) response.headers.set('connection', 'close')
  return response
}
