import type { Context, MiddlewareHandler } from 'hono'
import { DependencyError, VerificationError } from '../errors.js'
import type { IncomingRequest } from '../incoming-request.js'
import { toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { BodyReadError, ConnectionClosedError } from './adapter-error.js'
import { createCallerHeaders } from './caller-headers.js'
import { captureBody, captureRequest, type NodeRequest } from './capture-request.js'
import { captureFetchBody, captureFetchRequest } from './fetch-request.js'
import { type ErrorListener, type NodeResponse, warn } from './node-problem.js'
import { releaseWithBody, releaseWithResponse } from './release-caller.js'

/** For `new Hono<CountersignEnv>()`, where handlers stand apart from their `verified(…)`. */
export interface CountersignEnv {
  Variables: {
    /** Who sent the request. */
    caller: VerifiedCaller
    /** The raw bytes of the body that were signed; `c.req.json()` and the like read the same bytes. */
    rawBody: Uint8Array
  }
}

/** What a Hono application mounts. */
export interface CountersignHono {
  /** First of all: 400 for a target that routers and proxies could read in two ways, whether a route fits or not. */
  readonly checkTarget: MiddlewareHandler
  /** Lets verified requests pass only; once per request, before anything reads the body. */
  verified(requirement: Requirement): MiddlewareHandler<CountersignEnv>
  /** For `app.onError`: our own errors become problems, others are thrown on. */
  readonly answerError: (error: Error) => Response
}

export interface CountersignHonoOptions {
  /** Hears of outages and mistakes. Default: `process.emitWarning` */
  readonly onError?: ErrorListener | undefined
  /** The peer's address, for runtimes other than Node, e.g. `c => getConnInfo(c).remote.address`. */
  readonly address?: ((context: Context) => string | undefined) | undefined
}

/**
 * Middleware for Hono. On `@hono/node-server` it reads Node's own request: raw target, raw headers, raw body. On other
 * runtimes there is a `Request` only, whose URL was normalised before anybody could look: what a request was
 * normalised to is what must have been signed. A body that was read before is thrown as `BodyReadError` (`code:
 * 'body_read_before_verification'`), because it is a mistake of the service.
 *
 * @example
 * ```ts
 * import type { RequestVerifier } from '@countersign/server-verify'
 * import { countersignHono } from '@countersign/server-verify/hono'
 * import { Hono } from 'hono'
 *
 * export function createApp(verifier: RequestVerifier): Hono {
 *   const { checkTarget, verified, answerError } = countersignHono(verifier)
 *   const app = new Hono()
 *   app.use(checkTarget)
 *   app.onError(answerError)
 *   app.post('/v1/orders/:id/statuses', verified({ scopes: ['orders:status:write'] }), async c => {
 *     const { status } = await c.req.json()
 *     return c.json({ partner: c.get('caller').partnerId, status }, 202)
 *   })
 *   return app
 * }
 * ```
 */
export function countersignHono(
  verifier: RequestVerifier,
  { onError = warn, address = () => undefined }: CountersignHonoOptions = {},
): CountersignHono {
  return {
    checkTarget: async (c, next) => {
      try {
        verifier.assertTarget(
          findNode(c)?.incoming.url ?? captureFetchRequest(c.req.raw, EMPTY, undefined).target,
        )
      } catch (error) {
        return answer(error, c, onError)
      }
      return next()
    },
    verified: requirement => async (c, next) => {
      try {
        const incoming = await capture(c, verifier, address(c))
        restoreBody(c, incoming.body)
        c.set('rawBody', incoming.body)
        c.set('caller', await verifier.verify(incoming, requirement))
      } catch (error) {
        if (error instanceof BodyReadError) throw error
        return answer(error, c, onError)
      }
      return finish(c, next)
    },
    answerError(error) {
      const isOurs = error instanceof VerificationError || error instanceof DependencyError
      if (!isOurs && !(error instanceof BodyReadError)) throw error
      onError(error)
      return toResponse(error)
    },
  }
}

const EMPTY = new Uint8Array()
// A `Request` of these methods can have no body.
const BODILESS = new Set(['GET', 'HEAD', 'TRACE'])

async function capture(
  c: Context,
  { limits }: RequestVerifier,
  address: string | undefined,
): Promise<IncomingRequest> {
  const node = findNode(c)
  if (node !== undefined) return captureRequest(node.incoming, await captureBody(node.incoming, limits))
  return captureFetchRequest(c.req.raw, await captureFetchBody(c.req.raw, limits), address)
}

/** `@hono/node-server` tells what lies under the `Request`; the caller of the service has no say in `c.env`. */
function findNode(c: Context): { incoming: NodeRequest; outgoing: NodeResponse } | undefined {
  return c.env?.incoming === undefined ? undefined : c.env
}

// The idiom of Hono's own body limit: handlers read what was verified, in the usual ways.
function restoreBody(c: Context, body: Uint8Array): void {
  const { url, method, headers, signal } = c.req.raw
  if (body.length > 0 && !BODILESS.has(method))
    c.req.raw = new Request(url, { method, headers, signal, body })
}

async function finish(c: Context<CountersignEnv>, next: () => Promise<void>): Promise<void> {
  const caller = c.get('caller')
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

function answer(error: unknown, c: Context, onError: ErrorListener): Response {
  const response = toResponse(error)
  const incoming = findNode(c)?.incoming
  // The rest of a body that was too large is not worth a connection.
  if (incoming?.httpVersionMajor === 1 && !incoming.complete) response.headers.set('connection', 'close')
  if (response.status === 503 && !(error instanceof ConnectionClosedError)) onError(error)
  return response
}

function toResponse(error: unknown): Response {
  const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
  return new Response(JSON.stringify(body), { status, headers: { ...headers } })
}
