// How time grows with a field's length, for tests that must not depend on how fast the machine is.

/** Long texts that make a careless regular expression or loop backtrack, with a wrong end. */
export function hostilePatterns(valid: string): [string, (length: number) => string][] {
  const repeat =
    (unit: string, before = '', after = '\0') =>
    (length: number) =>
      before + unit.repeat(Math.ceil(length / unit.length)) + after
  return [
    ['one letter', repeat('a')],
    ['spaces', repeat(' ', 'a', 'a')],
    ['the valid value', repeat(valid)],
    ['a long end', repeat('a', valid)],
    ['commas', repeat(', ', valid)],
    ['entries', repeat('a;', '', 'a')],
    ['slashes', repeat('/a')],
    ['pairs', repeat('a=%41&', '', 'a=1')],
    ['colons', repeat('1:', '', '.1')],
  ]
}

/**
 * How many times longer eight times 64 KiB take than 64 KiB: linear work grows by 8, quadratic by 64. Each is the best
 * of several, so that a busy machine does not matter.
 */
export async function growth(
  action: (text: string) => unknown,
  make: (length: number) => string,
): Promise<number> {
  const [small, large] = [flat(make(65_536)), flat(make(8 * 65_536))]
  let [best, bestLarge] = [Infinity, Infinity]
  for (let round = 0; round < 6; round++) {
    best = Math.min(best, await duration(() => action(small)))
    bestLarge = Math.min(bestLarge, await duration(() => action(large)))
    // Below 2 ns a character it is at most linear; only the clock would be measured.
    if (bestLarge < 1) return 1
    if (bestLarge / best < 12) break
  }
  return bestLarge / best
}

/** The text in one piece: `repeat` and `+` only note what is to be joined, which the first reader would pay for. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

async function duration(action: () => unknown): Promise<number> {
  const start = performance.now()
  await action()
  return performance.now() - start
}
