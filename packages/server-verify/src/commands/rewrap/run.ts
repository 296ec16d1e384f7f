import type { Context } from '../context.js'
import { EXIT, type ExitCode } from '../exit-code.js'

/** `rewrap`. */
export async function runRewrap(context: Context): Promise<ExitCode> {
  const rewrapped = await (await context.registry('secrets')).rewrap({
    actor: context.actor,
    at: context.now(),
  })
  await context.result({ rewrapped }, () =>
    rewrapped === 0 ? 'Everything is under the current key already.' : `Wrapped ${rewrapped} anew.`,
  )
  return EXIT.ok
}
