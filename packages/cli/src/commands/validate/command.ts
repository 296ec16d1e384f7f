import { Command, Option } from 'commander'
import type { ReadingOptions } from '../../push/file-push-options.js'
import { parseRejectLimit } from '../../push/parse-amounts.js'
import type { RejectLimit } from '../../push/reject-limit.js'
import type { Run, Start } from '../../start.js'
import { createReadingFlags, type ReadingFlags, toReadingOptions } from '../push-status/file-flags.js'

export interface ValidateOptions extends ReadingOptions {
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly rejects: string | undefined
  readonly maxRejects: RejectLimit | undefined
  readonly errorOnEmpty: boolean
}

interface Flags extends ReadingFlags {
  readonly rejects?: string
  readonly maxRejects?: RejectLimit
  readonly errorOnEmpty?: boolean
}

/** argv → options of `validate`. */
export function createValidateCommand(start: Start, run: Run<ValidateOptions> = runLazily): Command {
  const command = new Command('validate')
    .description('check a file without sending it, and without a credential')
    .argument('<file>', 'the file; - for standard input')
    .addOption(new Option('--rejects <file>', 'where rejected rows go (default: FILE.rejects.csv)'))
    .addOption(
      new Option('--max-rejects <n|p%>', 'exit 7 when more rows are rejected').argParser(parseRejectLimit),
    )
    .addOption(new Option('--error-on-empty', 'exit 9 when there is no row'))
    .addHelpText(
      'after',
      '\nChecks form, vocabulary, times, duplicates, and the order of the events of each order.\nExit codes: 0 all rows are valid, 3 some are not, 6 the file is invalid as a whole.',
    )
    .action(async (file: string, flags: Flags, command: Command) => {
      const { rejects, maxRejects, errorOnEmpty = false } = flags
      await start(command, run, { ...toReadingOptions(flags), file, rejects, maxRejects, errorOnEmpty })
    })
  for (const option of createReadingFlags()) command.addOption(option)
  return command
}

async function runLazily(...args: Parameters<Run<ValidateOptions>>): ReturnType<Run<ValidateOptions>> {
  const { runValidate } = await import('./run.js')
  return runValidate(...args)
}
