// As protocol-tests.ts. Left out is what takes long: real sockets, and the 10,000 changes of a signed byte.
import.meta.glob(
  [
    '../../packages/server-verify/src/**/*.test.ts',
    '../../packages/server-verify/test/pipeline.test.ts',
    '../../packages/server-verify/test/vectors.test.ts',
  ],
  { eager: true },
)
