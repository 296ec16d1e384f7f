import { Command, Option } from 'commander'
import { AUTH_KINDS, type AuthKind, CLIENT_AUTHENTICATIONS } from '../../auth-kind.js'
import type { Run, Start } from '../../start.js'

export interface ImportOptions {
  /** A path, or `-` for standard input. */
  readonly file: string
  /** Which one, when there are several. */
  readonly use?: AuthKind | undefined
  readonly store?: SecretStore | undefined
  /** Ask the platform first, and store only what it accepts. */
  readonly verify: boolean
}

export type SecretStore = 'file' | 'keychain'

/** A credential, told by flags; its secret comes by standard input. */
export interface LoginOptions {
  /** A person allows it in a browser (RFC 8628). */
  readonly device?: boolean | undefined
  readonly use?: AuthKind | undefined
  readonly environment?: string | undefined
  readonly api?: string | undefined
  readonly partner?: string | undefined
  readonly keyId?: string | undefined
  readonly issuer?: string | undefined
  readonly tokenEndpoint?: string | undefined
  readonly clientId?: string | undefined
  readonly clientAuthentication?: string | undefined
  readonly scope?: string | undefined
  readonly audience?: string | undefined
  readonly store?: SecretStore | undefined
  readonly verify: boolean
}

const IMPORT_EXAMPLES = `
Examples:
  partner-cli auth import acme.json
  partner-cli auth import ready.json --use oauth --profile sandbox
  vault read -field=document kv/acme | partner-cli auth import - --profile acme-live
  partner-cli auth import new.json --profile acme-live --verify

Replacing a credential keeps the former one until it is replaced again:
"partner-cli auth rollback" puts it back. So a new credential can be brought in
while the platform takes both, and nothing is lost if it does not work.`

const LOGIN_EXAMPLES = `
Examples:
  partner-cli auth login --profile acme-live --base-url https://api.example.com \\
      --key-id acme_key_0001 < /run/secrets/acme
  partner-cli auth login --use oauth --issuer https://login.example.com \\
      --client-id acme --scope orders:status:write < client-secret
  partner-cli auth login --use http-signature --key-id acme_2026_ed < key.pem
  partner-cli auth login --device --issuer https://login.example.com \\
      --base-url https://api.example.com

The secret is read from standard input; in a terminal it is asked for and not
shown. There is no flag for it: the process list would show it.

With --device (RFC 8628) there is no secret: a link and a code are shown on
standard error, and a person opens the one and compares the other, on any
machine. With --json they are one line of JSON there. The token is kept until it
ends; then commands end with code 4 and say to log in again.`

/** argv → options of `auth`. */
export function createAuthCommand(start: Start, run: Run<ImportOptions> = runImportLazily): Command {
  return new Command('auth')
    .description('the credential: import, log in, look, test, go back, log out')
    .addCommand(
      new Command('import')
        .description(
          'store a credential that the platform issued, in the profile that --profile names (default)',
        )
        .argument('<file>', 'the JSON file with the credential; - for standard input')
        .addOption(
          new Option('--use <kind>', 'which one, if the file has several (default: the first)').choices(
            AUTH_KINDS,
          ),
        )
        .addOption(storeOption())
        .option('--verify', 'ask the platform first; store only what it accepts')
        .addHelpText('after', IMPORT_EXAMPLES)
        .action(async (file: string, flags: Partial<ImportOptions>, command: Command) => {
          await start(command, run, {
            file,
            use: flags.use,
            store: flags.store,
            verify: flags.verify === true,
          })
        }),
    )
    .addCommand(
      new Command('login')
        .description('store a credential from flags, its secret from standard input, or log in as a person')
        .addOption(
          new Option(
            '--device',
            'log in as a person, in any browser; needs an issuer that offers it',
          ).conflicts(['keyId', 'tokenEndpoint', 'clientAuthentication', 'store']),
        )
        .addOption(new Option('--use <kind>', 'what it is (default: hmac)').choices(AUTH_KINDS))
        .option('--environment <name>', 'live (default) or sandbox')
        .option('--api <name>', 'the API that is called (default: orders)')
        .option('--partner <name>', 'the partner, for people')
        .option('--key-id <id>', 'hmac, http-signature: the key id')
        .option('--issuer <url>', 'oauth: the authorization server')
        .option('--token-endpoint <url>', 'oauth: its token endpoint, instead of the issuer')
        .option('--client-id <id>', 'oauth: the client (with --device: partner-cli)')
        .addOption(
          new Option('--client-authentication <method>', 'oauth: how the client shows who it is').choices(
            CLIENT_AUTHENTICATIONS,
          ),
        )
        .option('--scope <scopes>', 'oauth: the scopes to ask for')
        .option('--audience <audience>', 'oauth: the audience of the token')
        .addOption(storeOption())
        .option('--no-verify', 'do not ask the platform whether it accepts the credential')
        .addHelpText('after', LOGIN_EXAMPLES)
        .action(async (flags: LoginOptions, command: Command) => {
          await start(command, async (...args) => (await import('./login.js')).runLogin(...args), flags)
        }),
    )
    .addCommand(
      new Command('status')
        .description('show which credential is used and where its secret comes from; asks nobody')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await import('./status.js')).runStatus(context), undefined)
        }),
    )
    .addCommand(
      new Command('test')
        .description('ask the platform whether it accepts the credential, and as whom')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await import('./test.js')).runTest(context), undefined)
        }),
    )
    .addCommand(
      new Command('rollback')
        .description('put the former credential of the profile back')
        .action(async (_flags: unknown, command: Command) => {
          await start(
            command,
            async context => (await import('./rollback.js')).runRollback(context),
            undefined,
          )
        }),
    )
    .addCommand(
      new Command('logout')
        .description('remove the secrets of the profile and all access tokens from this machine')
        .action(async (_flags: unknown, command: Command) => {
          await start(command, async context => (await import('./logout.js')).runLogout(context), undefined)
        }),
    )
}

function storeOption(): Option {
  return new Option('--store <place>', 'where the secret is kept (default: file)').choices([
    'file',
    'keychain',
  ])
}

async function runImportLazily(...args: Parameters<Run<ImportOptions>>): ReturnType<Run<ImportOptions>> {
  const { runImport } = await import('./import.js')
  return runImport(...args)
}
