import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { ApiProblem } from './api-problem.js'
import type { Chaos } from './chaos.js'

/**
 * Lets a verified request run into the fault that chaos drew for it. `lost` cuts the connection only once the
 * answer is there: what was asked for has been done, and the caller cannot know.
 *
 * @throws ApiProblem `rate_limited`, `dependency_unavailable`
 */
export async function injectFault(chaos: Chaos, request: FastifyRequest): Promise<void> {
  const fault = chaos.nextFault()
  if (chaos.latencyMs > 0) await delay(chaos.latencyMs)
  switch (fault) {
    case 'too_many_requests':
      throw new ApiProblem('rate_limited', 'Wait as long as Retry-After says (--chaos).')
    case 'unavailable':
      throw new ApiProblem(
        'dependency_unavailable',
        'The service cannot answer now (--chaos). Sign again and retry.',
      )
    case 'lost':
      lost.add(request)
      break
    case 'none':
  }
}

/** Whether the answer to this request is to be lost. */
export function isLost(request: FastifyRequest): boolean {
  return lost.has(request)
}

const lost = new WeakSet<FastifyRequest>()
