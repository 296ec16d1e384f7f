import { Command } from 'commander'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

/** argv of `revoke`. */
export interface RevokeOptions {
  readonly keyId: string
  readonly reason: string
}

const EXAMPLES = `
Takes effect on every server within about a second, and for ever. Needs no
key-encryption key. Revoking again changes nothing.

Examples:
  server-verify revoke acme_x8Kw2LmQ0aZr --reason "leaked in a log"`

/** argv → options of `revoke`. */
export function createRevokeCommand(start: Start, run: Run<RevokeOptions> = runLazily): Command {
  return new Command('revoke')
    .description('revoke a credential, at once and for ever')
    .argument('<key-id>', 'which one')
    .requiredOption('--reason <text>', 'why, for the history')
    .addHelpText('after', EXAMPLES)
    .action(async (keyId: string, { reason }: { readonly reason: string }, self: Command) => {
      await start(self, run, { keyId, reason })
    })
}

async function runLazily(...args: Parameters<Run<RevokeOptions>>): ReturnType<Run<RevokeOptions>> {
  const { runRevoke } = await import('./run.js')
  return runRevoke(...args)
}
