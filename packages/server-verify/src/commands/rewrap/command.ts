import { Command } from 'commander'
import type { Run } from '../context.js'
import type { Start } from '../start.js'

const EXAMPLES = `
Rotates the key-encryption key. Secrets are neither opened nor changed, servers go
on meanwhile.

  1. Put a new line on top of the key file, the old one below it, on every server:
     echo "kek_2027 $(openssl rand -base64 32)" | cat - kek > kek.new
  2. Restart the servers, so that they know both.
  3. server-verify rewrap
  4. Take the old line out of the file.`

/** argv → options of `rewrap`. */
export function createRewrapCommand(
  start: Start,
  run: Run<Readonly<Record<string, never>>> = runLazily,
): Command {
  return new Command('rewrap')
    .description('wrap every secret under the first of the key-encryption keys')
    .addHelpText('after', EXAMPLES)
    .action(async (_flags: unknown, self: Command) => {
      await start(self, run, {})
    })
}

async function runLazily(
  ...args: Parameters<Run<Readonly<Record<string, never>>>>
): ReturnType<Run<Readonly<Record<string, never>>>> {
  const { runRewrap } = await import('./run.js')
  return runRewrap(args[0])
}
