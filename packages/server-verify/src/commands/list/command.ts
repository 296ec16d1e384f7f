import { Command, Option } from 'commander'
import type { CredentialFilter } from '../../credential-registry.js'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

const EXAMPLES = `
Never shows a secret, and needs no key-encryption key.

Examples:
  server-verify list
  server-verify list --partner acme --state active
  server-verify list --json`

/** argv → options of `list`. */
export function createListCommand(start: Start, run: Run<CredentialFilter> = runLazily): Command {
  return new Command('list')
    .description('list credentials, never a secret')
    .option('--partner <partner>', 'of this partner only')
    .option('--environment <name>', 'of this environment only')
    .addOption(new Option('--state <state>', 'in this state only').choices(['active', 'revoked']))
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ListFlags, self: Command) => {
      const { partner: partnerId, environment, state } = flags
      await start(self, run, { partnerId, environment, state })
    })
}

interface ListFlags extends Omit<CredentialFilter, 'partnerId'> {
  readonly partner?: string | undefined
}

async function runLazily(...args: Parameters<Run<CredentialFilter>>): ReturnType<Run<CredentialFilter>> {
  const { runList } = await import('./run.js')
  return runList(...args)
}
