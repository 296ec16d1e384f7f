import { CommanderError } from 'commander'
import type { World } from './context.js'
import { CliError } from './errors.js'
import { EXIT, type ExitCode } from './exit-code.js'
import { isPartnerFailure, isProtocolFailure, toCliError } from './failure.js'
import { createProgram } from './program.js'
import { reportFailure } from './report.js'
import { HOW_TO_GIVE_A_SECRET } from './secrets.js'

const SECRET_LIKE = /secret|passw|token|api-?key|private-?key|credential/i

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
    const failure = toFailure(error, world)
    await reportFailure(failure, {
      stderr: world.stderr,
      env: world.env,
      json: wantsJson(args),
      color: !args.includes('--no-color'),
      debug: args.includes('--debug') || failure.exitCode === EXIT.bug,
    })
    return failure.exitCode
  }
}

function toFailure(error: unknown, { signal }: World): CliError {
  if (signal.aborted && signal.reason instanceof CliError) return signal.reason
  if (error instanceof CliError) return error
  if (error instanceof CommanderError) return toUsageError(error)
  if (isPartnerFailure(error)) return toCliError(error)
  if (isProtocolFailure(error)) {
    return new CliError(error.code, EXIT.usage, error.message, { next: 'correct the value', cause: error })
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new CliError('internal_error', EXIT.bug, `partner-cli failed in a way it should not. ${detail}`, {
    next: 'report this, with the output of the same command and --debug',
    cause: error,
  })
}

/** Commander's message without the value of an `--option=value`: someone may have put a secret there. */
function toUsageError(error: CommanderError): CliError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n\(/, ' (')
    .replace(/^(unknown option '[^'=]*)=[^']*'/, "$1'")
  const option = /^unknown option '([^']*)'/.exec(message)?.[1]
  const next =
    option !== undefined && SECRET_LIKE.test(option)
      ? `a secret never comes by flag, where the process list and the shell's history show it: ${HOW_TO_GIVE_A_SECRET}`
      : 'partner-cli --help, or partner-cli COMMAND --help'
  return new CliError('usage', EXIT.usage, `${message.charAt(0).toUpperCase()}${message.slice(1)}`, { next })
}

/** Read from the words themselves: the failure may be that they cannot be parsed. */
function wantsJson(args: readonly string[]): boolean {
  return args.some((arg, index) => {
    if (arg === '--json' || arg === '--query' || arg.startsWith('--query=')) return true
    return (
      /^--output=(nd)?json$/.test(arg) || (arg === '--output' && /^(nd)?json$/.test(args[index + 1] ?? ''))
    )
  })
}
