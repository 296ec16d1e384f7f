import { Command } from 'commander'
import type { SendingOptions } from '../../push/file-push-options.js'
import type { Run, Start } from '../../start.js'
import { createSendingFlags, type SendingFlags, toSendingOptions } from '../push-status/file-flags.js'

export interface RetryOptions {
  /** An id, the beginning of one, or `last`. */
  readonly run: string
  readonly sending: SendingOptions
}

/** argv → options of `retry`. */
export function createRetryCommand(start: Start, run: Run<RetryOptions> = runLazily): Command {
  const command = new Command('retry')
    .description('send again what a run left: its pending rows, else its corrected rejects')
    .argument('[run]', 'its id, the beginning of it, or last', 'last')
    .option('--dry-run', 'check only, send nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (reference: string, flags: SendingFlags, command: Command) => {
      await start(command, run, { run: reference, sending: toSendingOptions(flags) })
    })
  for (const option of createSendingFlags()) {
    if (option.long === '--resume') continue
    if (option.long === '--rejects')
      option.description = 'the corrected rejects (default: where the run put them)'
    command.addOption(option)
  }
  return command
}

const EXAMPLES = `
The file is read as the run read it: the same columns, status map and time zone.

Examples:
  partner-cli retry                                 the last run
  partner-cli retry 20261122T0415                   by the beginning of its id
  partner-cli retry last --rejects corrected.xlsx   rejects that were corrected in another file`

async function runLazily(...args: Parameters<Run<RetryOptions>>): ReturnType<Run<RetryOptions>> {
  const { runRetry } = await import('./run.js')
  return runRetry(...args)
}
