import { Command } from 'commander'
import type { Context } from '../../context.js'
import type { ExitCode } from '../../exit-code.js'
import type { Run, Start } from '../../start.js'

/** argv → options of `statuses`. */
export function createStatusesCommand(start: Start, run: Run<undefined> = runLazily): Command {
  return new Command('statuses')
    .description('list the statuses that the platform knows')
    .action(async (_flags: unknown, command: Command) => {
      await start(command, run, undefined)
    })
}

async function runLazily(context: Context): Promise<ExitCode> {
  return (await import('./run.js')).runStatuses(context)
}
