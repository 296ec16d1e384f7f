import type { PrometheusMetrics } from '@countersign/server-verify'
import type { FastifyInstance } from 'fastify'

/**
 * `GET /metrics` for Prometheus. Not a part of the API, and open to whoever reaches the sandbox; a real service has it
 * on a port of its own.
 */
export function registerMetricsRoute(app: FastifyInstance, metrics: PrometheusMetrics): void {
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(metrics.expose()))
}
