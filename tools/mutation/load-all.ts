import { it } from 'vitest'

/**
 * Runs many test files as one: a mutant then costs the start of one worker, not of one for each file. A file that does
 * not load counts as a failed test; Stryker would take it for a file without tests and the mutant for a survivor.
 */
export async function loadAll(files: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  for (const [name, load] of Object.entries(files)) {
    const problem = await load().then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    it(`${name} loads`, () => {
      if (problem !== undefined) throw problem.error
    })
  }
}
