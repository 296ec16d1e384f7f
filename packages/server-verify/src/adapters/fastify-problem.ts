import type {
  FastifyError,
  FastifyReply,
  FastifyRequest,
  RawServerBase,
  RouteGenericInterface,
} from 'fastify'
import { VerificationError } from '../errors.js'
import { toProblem } from '../problem-response.js'
import { createRequestId } from '../request-id.js'

/** Of an HTTP/1.1 server or of an HTTP/2 one. */
export type AnyRequest = FastifyRequest<RouteGenericInterface, RawServerBase>
export type AnyReply = FastifyReply<RouteGenericInterface, RawServerBase>

/** For `Fastify({ frameworkErrors })`: a path such as `/%ZZ` is answered before any hook runs. */
export function answerFrameworkError(error: FastifyError, request: AnyRequest, reply: AnyReply): void {
  const message = 'The path is not canonical: a segment is too long or holds a malformed percent-escape.'
  const isTarget = error.code === 'FST_ERR_BAD_URL' || error.code === 'FST_ERR_MAX_PARAM_LENGTH'
  void sendProblem(
    request,
    reply,
    isTarget ? new VerificationError('target_not_canonical', { part: 'path', message }) : error,
  )
}

/** Answers with a problem, and closes a connection whose body nobody wants to read. */
export function sendProblem(request: AnyRequest, reply: AnyReply, error: unknown): AnyReply {
  const { status, headers, body } = toProblem(error, { requestId: createRequestId() })
  if (status === 503) request.log.error(error)
  if (!request.raw.complete && request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
  return reply.code(status).headers(headers).serializer(JSON.stringify).send(body)
}
