import { Command } from 'commander'
import { checkBaseUrl } from '../base-url.js'
import type { Run } from '../context.js'
import { checkDuration, checkMoment } from '../restriction-options.js'
import type { Start } from '../start.js'

/** argv of `rotate`. */
export interface RotateOptions {
  readonly keyId: string
  /** ms */
  readonly overlap: number
  readonly notAfter?: string | undefined
  readonly certificate?: string | undefined
  readonly baseUrl?: string | undefined
  readonly out?: string | undefined
  readonly reason?: string | undefined
}

const EXAMPLES = `
The new credential may do what the old one may. Until the overlap is over both are
valid. A public key is rotated with: server-verify import-key --replaces KEY_ID.

Examples:
  server-verify rotate acme_x8Kw2LmQ0aZr --base-url https://api.example.com --out acme.json
  server-verify rotate acme_x8Kw2LmQ0aZr --overlap 24h --not-after 90d
  server-verify rotate acme_x8Kw2LmQ0aZr --overlap 0 --reason "seen in a log"`

/** argv → options of `rotate`. */
export function createRotateCommand(start: Start, run: Run<RotateOptions> = runLazily): Command {
  return new Command('rotate')
    .description('issue the successor of a credential, and give the old one an end')
    .argument('<key-id>', 'the old one')
    .option('--overlap <duration>', 'how long the old one goes on, such as 24h (default: 7d)', checkDuration)
    .option(
      '--not-after <moment>',
      'when the new one ends; "never"; needed when the old one has an end',
      checkEnd,
    )
    .option('--certificate <file>', 'the next certificate, for a client certificate')
    .option(
      '--base-url <url>',
      'where the partner sends its requests (also COUNTERSIGN_BASE_URL)',
      checkBaseUrl,
    )
    .option('--out <file>', 'write the document there (0600) instead of standard output')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', EXAMPLES)
    .action(async (keyId: string, flags: Omit<RotateOptions, 'keyId'>, self: Command) => {
      await start(self, run, { ...flags, overlap: flags.overlap ?? 7 * 86_400_000, keyId })
    })
}

function checkEnd(text: string): string {
  return text === 'never' ? text : checkMoment(text)
}

async function runLazily(...args: Parameters<Run<RotateOptions>>): ReturnType<Run<RotateOptions>> {
  const { runRotate } = await import('./run.js')
  return runRotate(...args)
}
