// All tests in one file: a mutant then costs the start of one worker, not of one for each test file. Left out is what
// takes long: foreign signers, totality, AWS's suite.
import.meta.glob(['../../packages/protocol/src/*.test.ts', '../../packages/protocol/test/vectors.test.ts'], {
  eager: true,
})
