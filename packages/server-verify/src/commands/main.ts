import { CommanderError } from 'commander'
import type { CommandError } from './command-error.js'
import { EXIT, type ExitCode } from './exit-code.js'
import { toCommandError } from './failure.js'
import { createProgram } from './program.js'
import { type World, write } from './world.js'

/**
 * Runs one command line: the only place where errors become exit codes.
 *
 * @param args without the program's own two, as the shell split them
 * @returns the exit code; nothing is thrown
 */
export async function main(args: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const program = createProgram(world, code => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    // The help was shown because no command was given; it says enough.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage
    if (world.signal.aborted) return world.signal.reason === 143 ? EXIT.terminated : EXIT.interrupted
    const failure = toCommandError(error)
    const debug = args.includes('--debug') || failure.exitCode === EXIT.bug
    await report(failure, world, args.includes('--json'), debug)
    return failure.exitCode
  }
}

async function report(failure: CommandError, world: World, json: boolean, debug: boolean): Promise<void> {
  const { code, message, next, exitCode } = failure
  const text = json
    ? JSON.stringify({ error: { code, message, ...(next === undefined ? {} : { next }) }, exitCode })
    : `error: ${message}${next === undefined ? '' : `\nnext:  ${next}`}`
  await write(world.stderr, `${text}\n`)
  const origin = failure.cause ?? failure
  if (debug && origin instanceof Error) await write(world.stderr, `${origin.stack ?? origin.message}\n`)
}
