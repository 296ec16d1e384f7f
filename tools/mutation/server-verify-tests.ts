// Left out is what takes long: real sockets, totality, the thousands of changes of a signed byte.
import { loadAll } from './load-all.js'

await loadAll(
  import.meta.glob([
    '../../packages/server-verify/src/**/*.test.ts',
    '../../packages/server-verify/test/pipeline.test.ts',
    '../../packages/server-verify/test/vectors.test.ts',
  ]),
)
