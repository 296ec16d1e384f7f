import { ADAPTERS } from './adapters.js'
import { describeConformance } from './describe-conformance.js'

describeConformance('hono on node', ADAPTERS['hono on node'])
