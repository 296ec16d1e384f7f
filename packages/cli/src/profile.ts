import {
  AUTH_KINDS,
  type AuthKind,
  type ClientAuthenticationName,
  parseAuthKind,
  parseClientAuthentication,
} from './auth-kind.js'
import { parseBaseUrl } from './base-url.js'
import { present } from './directories.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import { type ConnectionFlags, findSettings, type SettingSources } from './setting-definitions.js'
import type { SettingKey, Settings, StoredProfile } from './settings.js'

/** Where to send, as whom, and where each value came from. The secret is looked up apart, only when needed. */
export interface Connection {
  /** Name of the profile in use, if any. */
  readonly profile: string | undefined
  readonly baseUrl: string
  readonly environment: string
  readonly api: string
  readonly auth: AuthKind
  /** Whom the platform sees: the key id, or the OAuth client. Empty for an API key that was not read yet: it names itself. */
  readonly keyId: string
  /** With `auth: 'oauth'` only. */
  readonly oauth: OAuthConnection | undefined
  /** The profile whose secret belongs to `keyId`; undefined when the credential came from elsewhere. */
  readonly secretProfile: string | undefined
  /** The command that prints the secret, if the profile has one and it belongs to `keyId`. */
  readonly credentialProcess: string | undefined
  readonly store: 'file' | 'keychain'
  readonly caBundle: string | undefined
  readonly proxy: string | undefined
  /** PEM files. */
  readonly clientCertificate: { readonly certificateFile: string; readonly keyFile: string } | undefined
}

/** An OAuth client. */
export interface OAuthConnection {
  readonly issuer: string | undefined
  readonly tokenEndpoint: string | undefined
  readonly clientId: string
  readonly clientAuthentication: ClientAuthenticationName
  readonly scope: readonly string[]
  readonly audience: string | undefined
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * A profile name becomes a file name, so it is held to what every file system takes.
 *
 * @throws CliError `profile_name_invalid` (exit 2)
 */
export function parseProfileName(name: string): string {
  if (NAME.test(name)) return name
  throw new CliError('profile_name_invalid', EXIT.usage, `${JSON.stringify(name)} is no profile name.`, {
    next: 'use up to 64 letters, digits, ".", "_" and "-", starting with a letter or digit',
  })
}

/** The profile that is named, else the current one, if there is one. @throws CliError `profile_name_invalid`, `profile_unknown` (exit 2) */
export function chooseProfile(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  flags: ConnectionFlags,
): SettingSources['stored'] {
  const named = flags.profile ?? present(env['PARTNER_PROFILE'])
  const name = named === undefined ? settings.currentProfile : parseProfileName(named)
  const profile = name === undefined ? undefined : findProfile(settings, name, named !== undefined)
  return name === undefined || profile === undefined ? undefined : { name, profile }
}

/**
 * Resolves the connection, value by value: flag, then credential file, then environment variable, then profile, then
 * default (environment `live`, api `orders`).
 *
 * @throws CliError `profile_name_invalid`, `profile_unknown`, `base_url_missing`, `base_url_invalid`, `key_id_missing`,
 * `client_id_missing`, `issuer_missing`, `client_key_missing` … (exit 2)
 */
export function resolveConnection(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  flags: ConnectionFlags,
  document?: SettingSources['document'],
): Connection {
  const stored = chooseProfile(settings, env, flags)
  const sources = { flags, document, env, stored }
  const found = findSettings(sources)
  const value = (key: SettingKey): string | undefined => found.get(key)?.value
  const auth = resolveAuth(sources)
  const baseUrl = value('baseUrl')
  if (baseUrl === undefined) throw missing('base_url_missing', 'no base URL', 'PARTNER_BASE_URL')
  const oauth = auth === 'oauth' ? resolveOAuth(value) : undefined
  const keyId = oauth === undefined ? resolveKeyId(sources, auth, value('keyId')) : oauth.clientId
  const own = stored?.profile
  const isOwn =
    document === undefined &&
    own !== undefined &&
    keyId !== '' &&
    (own.auth ?? 'hmac') === auth &&
    (auth === 'oauth' ? own.clientId : own.keyId) === keyId
  return {
    profile: stored?.name,
    baseUrl: parseBaseUrl(baseUrl),
    environment: value('environment') ?? 'live',
    api: value('api') ?? 'orders',
    auth,
    keyId,
    oauth,
    secretProfile: isOwn ? stored?.name : undefined,
    credentialProcess: isOwn ? value('credentialProcess') : undefined,
    store: value('store') === 'keychain' ? 'keychain' : 'file',
    caBundle: value('caBundle'),
    proxy: value('proxy'),
    clientCertificate: resolveCertificate(value('clientCertificate'), value('clientKey')),
  }
}

/** What the variables are about decides, unless the profile has a credential of one of the kinds that they are about. */
export function resolveAuth({ document, env, stored }: SettingSources): AuthKind {
  const documented = document?.profile.auth
  if (documented !== undefined) return parseAuthKind(documented)
  const isSet = (...names: string[]): boolean => names.some(name => present(env[name]) !== undefined)
  const isKey = isSet('PARTNER_PRIVATE_KEY_FILE')
  const isClient = isSet('PARTNER_CLIENT_ID', 'PARTNER_CLIENT_SECRET', 'PARTNER_CLIENT_SECRET_FILE')
  const set: Readonly<Record<AuthKind, boolean>> = {
    hmac: isSet('PARTNER_SECRET', 'PARTNER_SECRET_FILE'),
    'api-key': isSet('PARTNER_API_KEY', 'PARTNER_API_KEY_FILE'),
    'http-signature': isKey && !isClient,
    oauth: isClient,
  }
  const remembered = stored?.profile.auth === undefined ? undefined : parseAuthKind(stored.profile.auth)
  const own = remembered ?? (stored === undefined ? undefined : 'hmac')
  const given = AUTH_KINDS.filter(kind => set[kind])
  if (own !== undefined && (given.length === 0 || set[own])) return own
  if (given.length > 1) {
    throw new CliError(
      'credential_ambiguous',
      EXIT.usage,
      `The environment variables give credentials of several kinds: ${given.join(', ')}.`,
      { next: 'unset those that are not meant (partner-cli help environment)' },
    )
  }
  return given[0] ?? 'hmac'
}

function resolveKeyId({ env, document }: SettingSources, auth: AuthKind, found: string | undefined): string {
  if (auth === 'api-key') {
    const isGiven = ['PARTNER_API_KEY', 'PARTNER_API_KEY_FILE'].some(name => present(env[name]) !== undefined)
    return document === undefined && isGiven ? '' : (found ?? '')
  }
  if (found === undefined) throw missing('key_id_missing', 'no key id', 'PARTNER_KEY_ID')
  return found
}

function resolveOAuth(value: (key: SettingKey) => string | undefined): OAuthConnection {
  const clientId = value('clientId')
  if (clientId === undefined) throw missing('client_id_missing', 'no OAuth client', 'PARTNER_CLIENT_ID')
  const issuer = value('issuer')
  const tokenEndpoint = value('tokenEndpoint')
  if (issuer === undefined && tokenEndpoint === undefined)
    throw missing('issuer_missing', 'no authorization server', 'PARTNER_ISSUER')
  return {
    issuer,
    tokenEndpoint,
    clientId,
    clientAuthentication: parseClientAuthentication(value('clientAuthentication') ?? 'client_secret_basic'),
    scope: value('scope')?.split(/ +/).filter(Boolean) ?? [],
    audience: value('audience'),
  }
}

function resolveCertificate(
  certificateFile: string | undefined,
  keyFile: string | undefined,
): Connection['clientCertificate'] {
  if (certificateFile === undefined && keyFile === undefined) return undefined
  if (certificateFile !== undefined && keyFile !== undefined) return { certificateFile, keyFile }
  throw new CliError('client_key_missing', EXIT.usage, 'A client certificate and its key go together.', {
    next: 'give --client-cert FILE and --client-key FILE',
  })
}

function findProfile(settings: Settings, name: string, wasNamed: boolean): StoredProfile | undefined {
  const stored = Object.hasOwn(settings.profiles, name) ? settings.profiles[name] : undefined
  if (stored !== undefined || !wasNamed) return stored
  const known = Object.keys(settings.profiles)
  const list = known.length === 0 ? 'There is none yet.' : `Known: ${known.join(', ')}.`
  throw new CliError(
    'profile_unknown',
    EXIT.usage,
    `There is no profile ${name} in ${settings.path}. ${list}`,
    {
      next: `partner-cli auth import FILE --profile ${name}`,
    },
  )
}

function missing(code: string, what: string, variable: string): CliError {
  return new CliError(code, EXIT.usage, `There is ${what} to work with: no profile is set up.`, {
    next: `partner-cli auth import FILE, or set ${variable} (partner-cli help environment)`,
  })
}
