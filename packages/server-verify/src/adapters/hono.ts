import type { Context, MiddlewareHandler } from 'hono'
import { DependencyError, VerificationError } from '../errors.js'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { BodyReadError } from './adapter-error.js'
import { answerContext, captureContext, readTarget, serveCaller } from './hono-exchange.js'
import { type ErrorListener, warn } from './node-problem.js'

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
  readonly answerError: (error: Error, context: Context) => Response
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
        verifier.assertTarget(readTarget(c))
      } catch (error) {
        return answerContext(c, error, onError)
      }
      return next()
    },
    verified: requirement => async (c, next) => {
      let caller: VerifiedCaller
      try {
        const incoming = await captureContext(c, verifier.limits, address(c))
        caller = await verifier.verify(incoming, requirement)
        c.set('caller', caller)
        c.set('rawBody', incoming.body)
      } catch (error) {
        if (error instanceof BodyReadError) throw error
        return answerContext(c, error, onError)
      }
      return serveCaller(c, caller, next)
    },
    answerError(error, c) {
      if (!isOurs(error)) throw error
      return answerContext(c, error, onError)
    },
  }
}

function isOurs(error: Error): boolean {
  return (
    error instanceof VerificationError || error instanceof DependencyError || error instanceof BodyReadError
  )
}
