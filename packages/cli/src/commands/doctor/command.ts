import { Command } from 'commander'
import type { Context } from '../../context.js'
import type { ExitCode } from '../../exit-code.js'
import type { Run, Start } from '../../start.js'

/** argv → options of `doctor`. */
export function createDoctorCommand(start: Start, run: Run<undefined> = runLazily): Command {
  return new Command('doctor')
    .description(
      'check the credential, DNS, TLS, the clock and the scopes, and say how to repair what is wrong',
    )
    .action(async (_flags: unknown, command: Command) => {
      await start(command, run, undefined)
    })
}

async function runLazily(context: Context): Promise<ExitCode> {
  return (await import('./run.js')).runDoctor(context)
}
