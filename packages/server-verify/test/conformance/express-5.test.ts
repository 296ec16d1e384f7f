import { ADAPTERS } from './adapters.js'
import { describeConformance } from './describe-conformance.js'

describeConformance('express 5', ADAPTERS['express 5'])
