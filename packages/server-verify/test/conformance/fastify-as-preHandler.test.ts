import { ADAPTERS } from './adapters.js'
import { describeConformance } from './describe-conformance.js'

describeConformance('fastify as preHandler', ADAPTERS['fastify as preHandler'])
