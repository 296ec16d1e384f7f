import { Command, Option } from 'commander'
import { checkBaseUrl } from '../base-url.js'
import type { Run } from '../context.js'
import { addRestrictionOptions, type RestrictionFlags } from '../restriction-options.js'
import type { Start } from '../start.js'

export const ISSUED_KINDS = ['hmac', 'api-key', 'access-token', 'client-certificate'] as const

/** argv of `issue`. */
export interface IssueOptions extends RestrictionFlags {
  readonly partner: string
  readonly kind: (typeof ISSUED_KINDS)[number]
  readonly baseUrl?: string | undefined
  readonly out?: string | undefined
  readonly certificate?: string | undefined
  readonly subjectAltName?: string | undefined
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly reason?: string | undefined
}

const EXAMPLES = `
The credential is printed once, as the document that "partner-cli auth import"
takes. A public key is not issued: server-verify import-key.

Examples:
  server-verify issue acme --environment live --scope orders:status:write \\
      --base-url https://api.example.com --out acme.json
  server-verify issue acme --kind api-key --environment live --scope orders:read \\
      --ip 192.0.2.0/24 --not-after 90d
  server-verify issue acme --environment live --scope orders:status:write \\
      --requires client-certificate --certificate acme.crt
  server-verify issue acme --kind access-token --environment live --role pusher \\
      --issuer https://login.example.com --subject acme-push
  server-verify issue acme --kind client-certificate --environment live \\
      --scope orders:read --subject-alt-name DNS:push.acme.example`

/** argv → options of `issue`. */
export function createIssueCommand(start: Start, run: Run<IssueOptions> = runLazily): Command {
  const command = new Command('issue')
    .description('issue a credential, and print it once')
    .argument('<partner>', 'whose it is')
    .addOption(new Option('--kind <kind>', 'what proves it').choices(ISSUED_KINDS).default('hmac'))
    .option(
      '--base-url <url>',
      'where the partner sends its requests (also COUNTERSIGN_BASE_URL)',
      checkBaseUrl,
    )
    .option('--out <file>', 'write the document there (0600) instead of standard output')
    .option('--certificate <file>', 'the client certificate that it is bound to, or that is the credential')
    .option(
      '--subject-alt-name <name>',
      'client-certificate: every certificate with this name, DNS:… or URI:…',
    )
    .option('--issuer <url>', 'access-token: the issuer, exactly')
    .option('--subject <subject>', 'access-token: the subject')
    .option('--reason <text>', 'why, for the history')
    .addHelpText('after', EXAMPLES)
    .action(async (partner: string, flags: Omit<IssueOptions, 'partner'>, self: Command) => {
      await start(self, run, { ...flags, partner })
    })
  return addRestrictionOptions(command)
}

async function runLazily(...args: Parameters<Run<IssueOptions>>): ReturnType<Run<IssueOptions>> {
  const { runIssue } = await import('./run.js')
  return runIssue(...args)
}
