import { parseAuthKind, parseClientAuthentication } from './auth-kind.js'
import { parseBaseUrl } from './base-url.js'
import { present } from './directories.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import type { SettingKey, StoredProfile } from './settings.js'

/** The global flags that choose a connection. */
export interface ConnectionFlags {
  readonly profile?: string | undefined
  readonly baseUrl?: string | undefined
  readonly caBundle?: string | undefined
  readonly proxy?: string | undefined
  readonly clientCert?: string | undefined
  readonly clientKey?: string | undefined
}

/** One value of a connection: where it may come from, in this order: flag, credential file, variable, profile, default. */
export interface SettingDefinition {
  readonly key: SettingKey
  /** As `partner-cli configure` takes it. */
  readonly name: string
  readonly flag?: Exclude<keyof ConnectionFlags, 'profile'>
  readonly variable?: string
  readonly fallback?: string
  readonly what: string
  /** Brings a value into its form. @throws CliError (exit 2) */
  readonly parse?: (text: string) => string
}

export const SETTING_DEFINITIONS: readonly SettingDefinition[] = [
  {
    key: 'baseUrl',
    name: 'base-url',
    flag: 'baseUrl',
    variable: 'PARTNER_BASE_URL',
    what: 'where the platform is',
    parse: parseBaseUrl,
  },
  {
    key: 'environment',
    name: 'environment',
    variable: 'PARTNER_ENVIRONMENT',
    fallback: 'live',
    what: 'live or sandbox',
    parse: parseScopePart,
  },
  {
    key: 'api',
    name: 'api',
    variable: 'PARTNER_API',
    fallback: 'orders',
    what: 'the API that is called',
    parse: parseScopePart,
  },
  { key: 'partner', name: 'partner', what: 'the partner, for people' },
  { key: 'auth', name: 'auth', what: 'hmac, api-key, http-signature or oauth', parse: parseAuthKind },
  { key: 'keyId', name: 'key-id', variable: 'PARTNER_KEY_ID', what: 'the key id of the credential' },
  {
    key: 'issuer',
    name: 'issuer',
    variable: 'PARTNER_ISSUER',
    what: 'oauth: the authorization server',
    parse: parseBaseUrl,
  },
  {
    key: 'tokenEndpoint',
    name: 'token-endpoint',
    what: 'oauth: its token endpoint, instead of the issuer',
    parse: parseBaseUrl,
  },
  { key: 'clientId', name: 'client-id', variable: 'PARTNER_CLIENT_ID', what: 'oauth: the client' },
  {
    key: 'clientAuthentication',
    name: 'client-authentication',
    what: 'oauth: client_secret_basic, private_key_jwt …',
    parse: parseClientAuthentication,
  },
  {
    key: 'scope',
    name: 'scope',
    variable: 'PARTNER_SCOPE',
    what: 'oauth: the scopes to ask for, with spaces between them',
  },
  { key: 'audience', name: 'audience', what: 'oauth: the audience of the token' },
  {
    key: 'credentialProcess',
    name: 'credential-process',
    what: 'a command that prints the secret',
  },
  { key: 'store', name: 'store', what: 'where the secret is kept: file or keychain', parse: parseStore },
  {
    key: 'caBundle',
    name: 'ca-bundle',
    flag: 'caBundle',
    variable: 'PARTNER_CA_BUNDLE',
    what: 'CA certificates to trust too',
  },
  { key: 'proxy', name: 'proxy', flag: 'proxy', what: 'the proxy to send through' },
  {
    key: 'clientCertificate',
    name: 'client-cert',
    flag: 'clientCert',
    what: 'the certificate to show to the platform (PEM file)',
  },
  { key: 'clientKey', name: 'client-key', flag: 'clientKey', what: 'its private key (PEM file)' },
]

/** Where values are looked for. */
export interface SettingSources {
  readonly flags: ConnectionFlags
  readonly document?: { readonly source: string; readonly profile: StoredProfile } | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stored?: { readonly name: string; readonly profile: StoredProfile } | undefined
}

/** A value and where it came from. */
export interface FoundSetting {
  readonly value: string
  readonly source: string
  readonly from: 'flag' | 'document' | 'variable' | 'profile' | 'default'
}

export function findSetting(
  { key, flag, variable, fallback }: SettingDefinition,
  { flags, document, env, stored }: SettingSources,
): FoundSetting | undefined {
  const flagged = flag === undefined ? undefined : flags[flag]
  if (flag !== undefined && flagged !== undefined) {
    return { value: flagged, source: formatFlag(flag), from: 'flag' }
  }
  const documented = document?.profile[key]
  if (document !== undefined && documented !== undefined) {
    return { value: documented, source: document.source, from: 'document' }
  }
  const set = variable === undefined ? undefined : present(env[variable])
  if (variable !== undefined && set !== undefined) return { value: set, source: variable, from: 'variable' }
  const remembered = stored?.profile[key]
  if (stored !== undefined && remembered !== undefined) {
    return { value: remembered, source: `profile ${stored.name}`, from: 'profile' }
  }
  return fallback === undefined ? undefined : { value: fallback, source: 'default', from: 'default' }
}

/** All values that are known, by key. */
export function findSettings(sources: SettingSources): Map<SettingKey, FoundSetting> {
  const found = new Map<SettingKey, FoundSetting>()
  for (const definition of SETTING_DEFINITIONS) {
    const setting = findSetting(definition, sources)
    if (setting !== undefined) found.set(definition.key, setting)
  }
  return found
}

/** A proxy's URL may hold a password, which is nothing to show. */
export function showSetting(key: SettingKey, value: string): string {
  return key === 'proxy' ? value.replace(/\/\/[^@/]*@/, '//[redacted]@') : value
}

/** @throws CliError `setting_unknown` (exit 2) */
export function findDefinition(name: string): SettingDefinition {
  const definition = SETTING_DEFINITIONS.find(known => known.name === name || known.key === name)
  if (definition !== undefined) return definition
  throw new CliError('setting_unknown', EXIT.usage, `${JSON.stringify(name)} is no setting.`, {
    next: `one of ${SETTING_DEFINITIONS.map(known => known.name).join(', ')}`,
  })
}

function formatFlag(key: string): string {
  return `--${key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
}

function parseScopePart(text: string): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return text
  throw new CliError('setting_invalid', EXIT.usage, `${JSON.stringify(text)} is no name.`, {
    next: 'up to 64 letters, digits, ".", "_" and "-", such as live or orders',
  })
}

function parseStore(text: string): string {
  if (text === 'file' || text === 'keychain') return text
  throw new CliError('setting_invalid', EXIT.usage, `${JSON.stringify(text)} is no place for a secret.`, {
    next: 'file or keychain',
  })
}
