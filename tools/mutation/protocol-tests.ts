// All tests in one file: a mutant then costs the start of one worker, not of one for each test file. Left out is what
// takes long: vectors with their schemas, foreign signers, AWS's suite, totality. They only make the score better.
import.meta.glob('../../packages/protocol/src/*.test.ts', { eager: true })
