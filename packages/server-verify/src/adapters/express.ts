import type { IncomingMessage, ServerResponse } from 'node:http'
import { DependencyError, VerificationError } from '../errors.js'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { BodyReadError } from './adapter-error.js'
import { createCallerHeaders } from './caller-headers.js'
import { captureBody, captureRequest } from './capture-request.js'
import { answerProblem, type ErrorListener, warn } from './node-problem.js'
import { releaseWithResponse } from './release-caller.js'

declare global {
  namespace Express {
    interface Request {
      /** Who sent the request. There is none on a route without `verified(…)`. */
      caller: VerifiedCaller
      /** The raw bytes of the body that were signed; the stream is used up. */
      rawBody: Buffer
    }
  }
}

type ExpressRequest = IncomingMessage & { readonly originalUrl: string }
type Next = (error?: unknown) => void

/** Fits Express 4 and 5. */
export type ExpressMiddleware = (request: ExpressRequest, response: ServerResponse, next: Next) => void
/** Fits Express 4 and 5. */
export type ExpressErrorMiddleware = (
  error: unknown,
  request: ExpressRequest,
  response: ServerResponse,
  next: Next,
) => void

/** What an Express application mounts. */
export interface CountersignExpress {
  /** First of all: 400 for a target that routers and proxies could read in two ways, whether a route fits or not. */
  readonly checkTarget: ExpressMiddleware
  /** Lets verified requests pass only; once per request, before every body parser. */
  verified(requirement: Requirement): ExpressMiddleware
  /** Last of all: our own errors that were given to `next` become problems; others go on to the next handler. */
  readonly answerError: ExpressErrorMiddleware
}

/**
 * Middleware for Express 4 and 5. Refusals are answered; a body that a parser has read before goes to `next` as an
 * error with `code: 'body_read_before_verification'` and status 500, because it is a mistake of the service.
 *
 * @param onError hears of outages and mistakes. Default: `process.emitWarning`
 *
 * @example
 * ```ts
 * import type { RequestVerifier } from '@countersign/server-verify'
 * import { countersignExpress } from '@countersign/server-verify/express'
 * import express from 'express'
 *
 * export function createApp(verifier: RequestVerifier): express.Express {
 *   const { checkTarget, verified, answerError } = countersignExpress(verifier)
 *   const app = express().use(checkTarget)
 *   app.post('/v1/orders/:id/statuses', verified({ scopes: ['orders:status:write'] }), (req, res) => {
 *     res.status(202).json({ partner: req.caller.partnerId, status: JSON.parse(req.rawBody.toString()).status })
 *   })
 *   return app.use(answerError)
 * }
 * ```
 */
export function countersignExpress(
  verifier: RequestVerifier,
  onError: ErrorListener = warn,
): CountersignExpress {
  return {
    checkTarget(request, response, next) {
      try {
        verifier.assertTarget(request.originalUrl)
      } catch (error) {
        return answerProblem(request, response, error, onError)
      }
      next()
    },
    verified: requirement => async (request, response, next) => {
      try {
        const rawBody = await captureBody(request, verifier.limits)
        const incoming = captureRequest(request, rawBody, request.originalUrl)
        const caller = await verifier.verify(incoming, requirement)
        releaseWithResponse(caller, response)
        Object.assign(request, { caller, rawBody })
        for (const [name, value] of createCallerHeaders(caller)) response.setHeader(name, value)
      } catch (error) {
        return error instanceof BodyReadError ? next(error) : answerProblem(request, response, error, onError)
      }
      next()
    },
    answerError(error, request, response, next) {
      if (isOurs(error)) answerProblem(request, response, error, onError)
      else next(error)
    },
  }
}

function isOurs(error: unknown): boolean {
  return (
    error instanceof VerificationError || error instanceof DependencyError || error instanceof BodyReadError
  )
}
