import type { FastifyInstance } from 'fastify'
import type { ApiDocument } from '../api-document.js'
import { injectFault } from '../inject-fault.js'
import type { ApiContext } from './api-context.js'
import { getEvent } from './events.js'
import { getOrder, listOrderStatuses } from './orders.js'
import type { PartnerHandler } from './partner-route.js'
import { pushOrderStatus } from './push-order-status.js'
import { pushOrderStatuses } from './push-order-statuses.js'
import { whoami } from './whoami.js'

/** By operation of `spec/openapi.yaml`, which is where path, method and scopes are written. */
const PARTNER_ROUTES: Readonly<Record<string, (context: ApiContext) => PartnerHandler>> = {
  pushOrderStatus,
  pushOrderStatuses,
  getOrder,
  listOrderStatuses,
  getEvent,
  whoami,
}

/** The routes of a partner: each behind the verifier, with the scopes that the document asks for. */
export function registerPartnerRoutes(
  app: FastifyInstance,
  context: ApiContext,
  document: ApiDocument,
): void {
  for (const [operationId, createHandler] of Object.entries(PARTNER_ROUTES)) {
    const { method, path, scopes } = document.operation(operationId)
    if (scopes === undefined) throw new Error(`spec/openapi.yaml asks for no credential for ${operationId}.`)
    const handle = createHandler(context)
    app.route<{ Params: Record<string, string> }>({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      onRequest: app.verified({ scopes }),
      async handler(request, reply) {
        const { caller, params: parameters } = request
        // One request, one id: in the answer, in the audit log, and with the stored event.
        request.id = caller.requestId
        await injectFault(context.chaos, request)
        const { status, body } = await handle({ caller, body: await request.rawBody(), parameters })
        return reply.status(status).send(body)
      },
    })
  }
}
