import type { FastifyInstance } from 'fastify'
import type { ApiDocument } from '../api-document.js'
import { ApiProblem } from '../api-problem.js'

/**
 * Answers what no route takes: 404 or 405. A request that carries a credential is verified first, so that a signed
 * request with a changed path or method is refused for its signature like any other change.
 */
export function registerFallback(app: FastifyInstance, document: ApiDocument): void {
  const verify = app.verified({ scopes: [] })
  app.setNotFoundHandler(async (request, reply) => {
    if (request.headers.authorization !== undefined) {
      await verify.call(app, request, reply)
      if (reply.sent) return reply
      request.id = request.caller.requestId
    }
    const allowed = methodsOf(document, request.url)
    if (allowed.length === 0)
      throw new ApiProblem('route_not_found', 'There is no such route. GET /openapi.json lists them all.')
    reply.header('allow', allowed.join(', '))
    throw new ApiProblem('method_not_allowed', `This path takes ${allowed.join(' and ')} only.`)
  })
}

function methodsOf(document: ApiDocument, target: string): readonly string[] {
  const path = target.split('?', 1)[0]!
  return document.operations
    .filter(operation => matches(operation.path, path))
    .map(operation => operation.method)
}

function matches(template: string, path: string): boolean {
  const [expected, actual] = [template.split('/'), path.split('/')]
  return (
    expected.length === actual.length &&
    expected.every((part, index) => (part.startsWith('{') ? actual[index] !== '' : part === actual[index]))
  )
}
