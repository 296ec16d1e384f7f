import { Command } from 'commander'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

const EXAMPLES = `
Needs the right to create tables; servers and the other commands do without it.

Examples:
  server-verify migrate --store postgres://owner@db.internal/orders`

/** argv → options of `migrate`. */
export function createMigrateCommand(
  start: Start,
  run: Run<Readonly<Record<string, never>>> = runLazily,
): Command {
  return new Command('migrate')
    .description('make the tables of the credential store, or bring them to the newest form')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags: unknown, self: Command) => {
      await start(self, run, {})
    })
}

async function runLazily(
  ...args: Parameters<Run<Readonly<Record<string, never>>>>
): ReturnType<Run<Readonly<Record<string, never>>>> {
  const { runMigrate } = await import('./run.js')
  return runMigrate(args[0])
}
