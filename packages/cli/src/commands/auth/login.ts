import type { AuthKind } from '../../auth-kind.js'
import type { Context } from '../../context.js'
import { type CredentialDocument, readApiKeyId } from '../../credential-document.js'
import { readStream } from '../../credential-file.js'
import { present } from '../../directories.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { parseProfileName } from '../../profile.js'
import { findSettings } from '../../setting-definitions.js'
import { SETTING_KEYS, type StoredProfile } from '../../settings.js'
import { askSecret } from './ask-secret.js'
import type { LoginOptions } from './command.js'
import { reportStored } from './report-stored.js'
import { storeCredential } from './store-credential.js'
import { verifyCredential } from './verify-credential.js'

/** `auth login`: a credential from flags and what the profile knows, its secret from standard input. */
export async function runLogin(context: Context, options: LoginOptions): Promise<ExitCode> {
  const { use, store = 'file', verify } = options
  const name = parseProfileName(context.flags.profile ?? present(context.env['PARTNER_PROFILE']) ?? 'default')
  const { profiles } = await context.settings()
  const before = Object.hasOwn(profiles, name) ? profiles[name] : undefined
  // A profile that a person logged in to knows how the next login goes.
  const isDevice = before?.clientAuthentication === 'none' && isOnlyAgain(options)
  if (options.device === true || isDevice) {
    const { runDeviceLogin } = await import('./device-login.js')
    return runDeviceLogin(context, options, name, before)
  }
  const auth = use ?? (before?.auth as AuthKind | undefined) ?? 'hmac'
  const { credentialProcess: _, store: __, ...known } = before ?? {}
  const given = Object.fromEntries(
    Object.entries(options).filter(
      ([key, value]) => (SETTING_KEYS as readonly string[]).includes(key) && typeof value === 'string',
    ),
  ) as StoredProfile
  const { store: ___, ...values } = given
  const found = findSettings({
    flags: context.flags,
    env: context.env,
    stored: { name, profile: { ...known, ...values } },
    document: { source: 'flags', profile: values },
  })
  const profile: StoredProfile & { auth: AuthKind } = {
    ...(Object.fromEntries([...found].map(([key, { value }]) => [key, value])) as StoredProfile),
    auth,
  }
  if (profile.baseUrl === undefined) throw missing('base_url_missing', '--base-url URL')
  if (auth === 'oauth') {
    if (profile.clientId === undefined) throw missing('client_id_missing', '--client-id ID')
    if (profile.issuer === undefined && profile.tokenEndpoint === undefined)
      throw missing('issuer_missing', '--issuer URL')
  } else if (auth !== 'api-key' && profile.keyId === undefined) throw missing('key_id_missing', '--key-id ID')
  const needsSecret = !/tls_client_auth$/.test((auth === 'oauth' && profile.clientAuthentication) || '')
  const secret = needsSecret ? await readSecret(context, auth) : undefined
  const keyId = auth === 'api-key' ? await readApiKeyId(secret ?? '', 'standard input') : profile.keyId
  const { keyId: ____, ...rest } = profile
  const document: CredentialDocument = {
    source: 'standard input',
    profile: auth === 'oauth' || keyId === undefined ? rest : { ...rest, keyId },
    secret,
    clientCertificate: undefined,
  }
  if (verify) {
    const { partner, credentialId } = await verifyCredential(context, name, document)
    await context.note(`Accepted as partner ${partner}, credential ${credentialId}.`)
  }
  return reportStored(
    context,
    'partner-cli.auth-login/1',
    name,
    await storeCredential(context, name, document, store),
  )
}

/** No flag that tells another credential. */
function isOnlyAgain({ use = 'oauth', clientAuthentication, keyId }: LoginOptions): boolean {
  return use === 'oauth' && clientAuthentication === undefined && keyId === undefined
}

async function readSecret(context: Context, auth: AuthKind): Promise<string> {
  const stdin = context.stdin()
  const isTerminal = 'isTTY' in stdin && stdin.isTTY === true
  if (isTerminal && context.flags.input === false) {
    throw new CliError(
      'secret_missing',
      EXIT.usage,
      'Standard input is a terminal, and --no-input is given.',
      {
        next: 'give the secret on standard input: partner-cli auth login … < FILE',
      },
    )
  }
  const text = isTerminal
    ? await askSecret(stdin as unknown as NodeJS.ReadStream, context.stderr)
    : await readStream(stdin)
  const secret = text.replace(/\r?\n$/, '')
  const isKey = /PRIVATE KEY-----|^\s*\{/.test(secret)
  if (secret !== '' && (isKey || !/[\r\n]/.test(secret)) && (auth !== 'http-signature' || isKey))
    return secret
  const fault = secret === '' ? 'holds nothing' : 'does not hold the secret alone'
  throw new CliError('secret_invalid', EXIT.usage, `Standard input ${fault}.`, {
    next:
      auth === 'http-signature'
        ? 'give the private key (PEM) on standard input'
        : 'give the secret on one line and nothing else',
  })
}

export function missing(code: string, flag: string): CliError {
  return new CliError(code, EXIT.usage, `The credential is not complete: ${flag} is missing.`, {
    next: 'partner-cli auth login --help',
  })
}
