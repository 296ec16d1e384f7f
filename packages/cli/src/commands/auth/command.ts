import { Command } from 'commander'
import type { Run, Start } from '../../start.js'

export interface ImportOptions {
  /** A path, or `-` for standard input. */
  readonly file: string
}

/** argv → options of `auth import`. */
export function createAuthCommand(start: Start, run: Run<ImportOptions> = runLazily): Command {
  const importCommand = new Command('import')
    .description('store a credential that the platform issued, in the profile that --profile names (default)')
    .argument('<file>', 'the JSON file with the credential; - for standard input')
    .action(async (file: string, _flags: unknown, command: Command) => {
      await start(command, run, { file })
    })
  return new Command('auth').description('credentials').addCommand(importCommand)
}

async function runLazily(...args: Parameters<Run<ImportOptions>>): ReturnType<Run<ImportOptions>> {
  const { runImport } = await import('./run.js')
  return runImport(...args)
}
