import { type ProblemResponse, toProblem } from '@countersign/server-verify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiProblem, type ApiProblemBody } from './api-problem.js'
import { isDatabaseOutage } from './database.js'

/** Answers what a route threw as a problem (RFC 9457). Nothing of an unexpected error goes outside. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = isDatabaseOutage(error)
    ? new ApiProblem(
        'dependency_unavailable',
        'The database cannot answer now. Sign again and retry.',
        [],
        error,
      )
    : error
  const isExpected = problem instanceof ApiProblem && problem.cause === undefined
  if (!isExpected) request.log.error(problem instanceof ApiProblem ? problem.cause : error)
  const { status, headers, body } =
    problem instanceof ApiProblem
      ? createAnswer(problem, request.id)
      : toProblem(problem, { requestId: request.id })
  return reply.status(status).headers(headers).serializer(JSON.stringify).send(body)
}

function createAnswer(
  problem: ApiProblem,
  requestId: string,
): Omit<ProblemResponse, 'body'> & { readonly body: ApiProblemBody } {
  const { status, retryAfter } = problem
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-request-id': requestId,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: problem.toBody(requestId),
  }
}
