import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { RequestVerifier } from '../request-verifier.js'
import type { Requirement } from '../requirement.js'
import type { VerifiedCaller } from '../verified-caller.js'
import { createCallerHeaders } from './caller-headers.js'
import { captureBody, captureRequest } from './capture-request.js'
import { type AnyReply, type AnyRequest, sendProblem } from './fastify-problem.js'
import { releaseWithResponse } from './release-caller.js'

export { answerFrameworkError } from './fastify-problem.js'

/** A hook for servers of HTTP/1.1 and of HTTP/2. */
export type VerifiedHook = (request: AnyRequest, reply: AnyReply) => Promise<unknown>

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request. Throws on a route without `verified(…)`. */
    readonly caller: VerifiedCaller
    /** The raw bytes of the body; read once, before any parser. */
    readonly rawBody: () => Promise<Buffer>
  }
  interface FastifyInstance {
    /** An `onRequest` hook (it works as `preHandler`, too) that lets verified requests pass only. */
    verified(requirement: Requirement): VerifiedHook
  }
}

/** A Fastify 5 plugin for one scope; no body parser of that scope ever runs: `request.body` is a Buffer. */
export const countersignFastify: FastifyPluginAsync<{ readonly verifier: RequestVerifier }> = async (
  app: FastifyInstance,
  { verifier },
) => {
  const bodies = new WeakMap<AnyRequest, Promise<Buffer>>()
  const callers = new WeakMap<AnyRequest, VerifiedCaller>()
  const readBody = (request: AnyRequest): Promise<Buffer> => {
    const body = bodies.get(request) ?? captureBody(request.raw, verifier.limits)
    bodies.set(request, body)
    return body
  }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request: AnyRequest) => readBody(request))
  app.decorateRequest('rawBody', function (this: AnyRequest) {
    return readBody(this)
  })
  app.decorateRequest('caller', {
    getter(this: AnyRequest) {
      const caller = callers.get(this)
      if (caller === undefined) throw new TypeError('This route has no verified(…) hook: there is no caller.')
      return caller
    },
  })
  app.decorate('verified', (requirement: Requirement) => async (request, reply) => {
    try {
      const incoming = captureRequest(request.raw, await readBody(request))
      const caller = await verifier.verify(incoming, requirement)
      callers.set(request, caller)
      releaseWithResponse(caller, reply.raw)
      reply.headers(Object.fromEntries(createCallerHeaders(caller)))
    } catch (error) {
      return sendProblem(request, reply, error)
    }
  })
  app.addHook('onRequest', async (request, reply) => {
    // Fastify would answer a malformed one by itself. Whether it was signed stands in `caller.signedHeaders`.
    delete request.raw.headers['content-type']
    try {
      verifier.assertTarget(request.raw.url ?? '')
    } catch (error) {
      return sendProblem(request, reply, error)
    }
  })
  // Where verification comes later (or never) a body that is too large is still a problem, not Fastify's own answer.
  app.addHook('preParsing', (request, reply, payload, done) => {
    if (callers.has(request)) return done(null, payload)
    readBody(request).then(
      () => done(null, payload),
      error => sendProblem(request, reply, error),
    )
  })
}
// Without this mark Fastify would keep the decorations to the plugin itself.
Object.assign(countersignFastify, { [Symbol.for('skip-override')]: true })
