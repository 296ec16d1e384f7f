import type { FastifyInstance, RouteHandlerMethod } from 'fastify'
import type { ApiDocument } from '../api-document.js'
import { ApiProblem } from '../api-problem.js'
import type { ApiContext } from './api-context.js'

/** The routes that need no credential: liveness, readiness, and the document of the API. */
export function registerServiceRoutes(
  app: FastifyInstance,
  { database }: ApiContext,
  document: ApiDocument,
): void {
  const open = (operationId: string, handler: RouteHandlerMethod): void => {
    const { method, path, scopes } = document.operation(operationId)
    if (scopes !== undefined) throw new Error(`spec/openapi.yaml asks for a credential for ${operationId}.`)
    app.route({ method, url: path, handler })
  }
  open('getHealth', async () => ({ status: 'ok' }))
  open('getReadiness', async () => {
    try {
      await database.query('select 1')
    } catch (error) {
      throw new ApiProblem('dependency_unavailable', 'The database does not answer.', [], error)
    }
    return { status: 'ok' }
  })
  open('getDocumentJson', async (_request, reply) => reply.type('application/json').send(document.json))
  open('getDocumentYaml', async (_request, reply) => reply.type('application/yaml').send(document.yaml))
}
