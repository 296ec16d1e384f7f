import type { Command } from 'commander'
import { createContext, type GlobalFlags, type Run } from './context.js'
import type { ExitCode } from './exit-code.js'
import type { World } from './world.js'

/** Starts a run with the global flags of the command line; given to every command by `program.ts`. */
export type Start = <O>(
  command: Command,
  run: Run<O>,
  options: O,
  /** `stopsItself`: a signal ends the run through its context, in order; else at once. */
  how?: { readonly stopsItself: boolean },
) => Promise<void>

/** @param finish gets the exit code of the run */
export function createStart(world: World, finish: (exitCode: ExitCode) => void): Start {
  return async (command, run, options, how) => {
    const context = createContext(world, command.optsWithGlobals<GlobalFlags>())
    try {
      const work = run(context, options)
      finish(how?.stopsItself === true ? await work : await unlessInterrupted(work, world.signal))
    } finally {
      await context.close()
    }
  }
}

/** Ends when the work does, or at once by a signal; a change in a store is whole either way. */
async function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {}
  const interruption = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, interruption])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
