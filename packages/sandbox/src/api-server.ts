import { createRequestId, type RequestVerifier } from '@countersign/server-verify'
import { answerFrameworkError, countersignFastify } from '@countersign/server-verify/fastify'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { ApiDocument } from './api-document.js'
import { ApiProblem } from './api-problem.js'
import { createErrorLogger, type InternalErrorListener } from './error-logger.js'
import { isLost } from './inject-fault.js'
import { answerProblem } from './problem-answer.js'
import type { ApiContext } from './routes/api-context.js'
import { registerPartnerRoutes } from './routes/partner-routes.js'
import { registerServiceRoutes } from './routes/service-routes.js'

export interface ApiServerOptions {
  readonly context: ApiContext
  readonly verifier: RequestVerifier
  readonly document: ApiDocument
  readonly onInternalError: InternalErrorListener
}

/** The order-status API as a Fastify instance that does not listen yet. */
export async function createApiServer(options: ApiServerOptions): Promise<FastifyInstance> {
  const { context, verifier, document, onInternalError } = options
  const app = fastify({
    loggerInstance: createErrorLogger(onInternalError),
    genReqId: createRequestId,
    requestIdHeader: false,
    bodyLimit: verifier.limits.bodyBytes,
    exposeHeadRoutes: false,
    // What is under way at a stop is still answered as usual; idle connections are cut.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 1024 },
    // Fastify answers a path that it cannot decode before any hook runs.
    frameworkErrors: answerFrameworkError,
  })

  // Fastify refuses a malformed Content-Type by itself, signed or not. A body is bytes until it is verified and JSON
  // after that, so Fastify must not see the header at all; the verifier reads the raw headers.
  app.addHook('onRequest', async request => {
    delete request.raw.headers['content-type']
  })
  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', request.id)
    if (isLost(request)) request.raw.socket.destroy()
  })
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply))
  app.setNotFoundHandler(async (request, reply) => {
    const allowed = methodsOf(document, request)
    if (allowed.length === 0)
      throw new ApiProblem('route_not_found', 'There is no such route. GET /openapi.json lists them all.')
    reply.header('allow', allowed.join(', '))
    throw new ApiProblem('method_not_allowed', `This path takes ${allowed.join(' and ')} only.`)
  })

  registerServiceRoutes(app, context, document)
  await app.register(countersignFastify, { verifier })
  registerPartnerRoutes(app, context, document)
  return app
}

function methodsOf(document: ApiDocument, request: FastifyRequest): readonly string[] {
  const path = request.url.split('?', 1)[0]!
  return document.operations
    .filter(operation => new RegExp(`^${operation.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .map(operation => operation.method)
}
