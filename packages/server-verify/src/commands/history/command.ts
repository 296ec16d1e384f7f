import { Command } from 'commander'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

/** argv of `history`. */
export interface HistoryOptions {
  readonly keyId: string | undefined
}

const EXAMPLES = `
Examples:
  server-verify history
  server-verify history acme_x8Kw2LmQ0aZr --json`

/** argv → options of `history`. */
export function createHistoryCommand(start: Start, run: Run<HistoryOptions> = runLazily): Command {
  return new Command('history')
    .description('show who changed which credential, when and why')
    .argument('[key-id]', 'this one only')
    .addHelpText('after', EXAMPLES)
    .action(async (keyId: string | undefined, _flags: unknown, self: Command) => {
      await start(self, run, { keyId })
    })
}

async function runLazily(...args: Parameters<Run<HistoryOptions>>): ReturnType<Run<HistoryOptions>> {
  const { runHistory } = await import('./run.js')
  return runHistory(...args)
}
