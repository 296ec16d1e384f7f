import { ADAPTERS } from './adapters.js'
import { describeConformance } from './describe-conformance.js'

describeConformance('express 4', ADAPTERS['express 4'])
