// How the property tests of this package run: one seed per run, printed, so that a failure can be had again with
// FC_SEED=<seed>.
import fc from 'fast-check'
import { ProtocolError } from '../src/index.js'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
let printed = false

/** Checks a property with the run's seed. */
export function check<Values extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Values>,
  numRuns = 500,
): void {
  printSeed()
  fc.assert(property, { seed, numRuns })
}

/** The same for a property that waits. */
export async function checkAsync<Values extends [unknown, ...unknown[]]>(
  property: fc.IAsyncProperty<Values>,
  numRuns: number,
): Promise<void> {
  printSeed()
  await fc.assert(property, { seed, numRuns })
}

function printSeed(): void {
  if (!printed) console.info(`fast-check seed: ${seed}`)
  printed = true
}

/** Any UTF-16 text, lone surrogates and control characters too. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.nat(0xffff), { maxLength: 40 }).map(codes => String.fromCharCode(...codes)),
)

/** Text that is one byte a character. */
export const byteText: fc.Arbitrary<string> = fc
  .uint8Array({ maxLength: 200 })
  .map(bytes => Buffer.from(bytes).toString('latin1'))

export const textOf = (characters: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength })

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
export const WORD_CHARACTERS: string = `${LETTERS}_-`
export const UNRESERVED_CHARACTERS: string = `${LETTERS}-._~`
export const TOKEN_CHARACTERS: string = "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"

/** One character of a text replaced, inserted or removed. */
export const nearly = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      text,
      fc.nat(),
      fc.oneof(fc.constantFrom('\n', ' ', '\t', '%', ';', '/', ',', '=', 'É', '\0'), anyText),
      fc.nat(2),
    )
    .map(([valid, place, part, kind]) => {
      const at = place % (valid.length + 1)
      return valid.slice(0, at) + (kind === 0 ? '' : part) + valid.slice(kind === 1 ? at : at + 1)
    })

/** The code and part of the ProtocolError that an action throws; `undefined` when it returns. */
export function refusal(action: () => unknown): { code: string; part: string } | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { code: error.code, part: error.part }
  }
}

/** The message of the ProtocolError that an action throws. */
export function refusalMessage(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof ProtocolError) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}
