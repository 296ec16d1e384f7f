import type { Command } from 'commander'
import { type Context, createContext, type GlobalFlags, type World } from './context.js'
import { CliError } from './errors.js'
import { EXIT, type ExitCode } from './exit-code.js'
import { checkQuery } from './output.js'

/** What a command does once its options are known. Its answer is the exit code; failures are thrown. */
export type Run<O> = (context: Context, options: O) => Promise<ExitCode>

/** Starts a run with the global flags of the command line; given to every command by `program.ts`. */
export type Start = <O>(command: Command, run: Run<O>, options: O) => Promise<void>

/** @param finish gets the exit code of the run */
export function createStart(world: World, finish: (exitCode: ExitCode) => void): Start {
  return async (command, run, options) => {
    const flags = command.optsWithGlobals<GlobalFlags>()
    if (flags.json === true && flags.output !== undefined && flags.output !== 'json') {
      throw new CliError('usage', EXIT.usage, `--json and --output ${flags.output} exclude each other.`, {
        next: 'give one of them',
      })
    }
    if (flags.query !== undefined) await checkQuery(flags.query)
    const context = createContext(world, flags)
    const name = nameCommand(command)
    const startedAt = performance.now()
    const end = (exitCode: number): object => ({
      command: name,
      exitCode,
      durationMs: Math.round(performance.now() - startedAt),
    })
    try {
      context.log?.write('info', 'started', { command: name })
      const exitCode = await run(context, options)
      context.log?.write(exitCode === EXIT.ok ? 'info' : 'warn', 'finished', { ...end(exitCode) })
      finish(exitCode)
    } catch (error) {
      const { code, exitCode = EXIT.bug, message } = error as Partial<CliError>
      context.log?.write('error', message ?? 'failed', { code, ...end(exitCode) })
      throw error
    } finally {
      await context.close()
    }
  }
}

/** `auth import`, without the program. */
function nameCommand(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${nameCommand(parent)} ${command.name()}` : command.name()
}
