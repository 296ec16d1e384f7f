import { ADAPTERS } from './adapters.js'
import { describeConformance } from './describe-conformance.js'

describeConformance('fastify', ADAPTERS['fastify'])
