import { createRequestId, type RequestVerifier } from '@countersign/server-verify'
import { answerFrameworkError, countersignFastify } from '@countersign/server-verify/fastify'
import { answerClientError } from '@countersign/server-verify/node'
import fastify, { type FastifyInstance } from 'fastify'
import type { ApiDocument } from './api-document.js'
import { createErrorLogger, type InternalErrorListener } from './error-logger.js'
import { isLost } from './inject-fault.js'
import { answerProblem } from './problem-answer.js'
import type { ApiContext } from './routes/api-context.js'
import { registerFallback } from './routes/fallback.js'
import { registerPartnerRoutes } from './routes/partner-routes.js'
import { registerServiceRoutes } from './routes/service-routes.js'
import type { TlsServerOptions } from './tls-options.js'

// Larger than the verifier's own limits, so that it can say what is wrong; node only says 431.
const LENIENT = { maxHeaderSize: 65_536, requireHostHeader: false }

export interface ApiServerOptions {
  readonly context: ApiContext
  readonly verifier: RequestVerifier
  readonly document: ApiDocument
  readonly onInternalError: InternalErrorListener
  readonly tls: TlsServerOptions | undefined
  /** Mounts what is not part of the API. */
  readonly mount?: ((app: FastifyInstance) => Promise<void>) | undefined
}

export interface ApiServer {
  /** Does not listen yet. */
  readonly app: FastifyInstance
  /** Every route, as `GET /v1/orders/{orderId}`. */
  readonly routes: readonly string[]
}

/** The order-status API on Fastify. */
export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { context, verifier, document, onInternalError, tls } = options
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
    ...(tls === undefined ? { http: LENIENT } : { https: { ...LENIENT, ...tls } }),
    clientErrorHandler: answerClientError,
    // Fastify answers a path that it cannot decode before any hook runs.
    frameworkErrors: answerFrameworkError,
  })

  await options.mount?.(app)
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(`${String(method)} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
  })
  // Fastify refuses a malformed Content-Type by itself, signed or not. A body is bytes until it is verified and JSON
  // after that, so Fastify must not see the header at all; the verifier reads the raw headers.
  app.addHook('onRequest', async request => {
    delete request.raw.headers['content-type']
  })
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onSend', async (request, reply) => {
    // Else a kept-alive connection that was busy when the server closed would keep it from ending.
    if (isClosing) reply.header('connection', 'close')
    if (!reply.hasHeader('x-request-id')) reply.header('x-request-id', request.id)
    if (isLost(request)) request.raw.socket.destroy()
  })
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply))
  registerServiceRoutes(app, context, document)
  await app.register(countersignFastify, { verifier })
  registerPartnerRoutes(app, context, document)
  registerFallback(app, document)
  return { app, routes }
}
