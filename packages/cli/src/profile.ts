import { present } from './directories.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import type { Settings, StoredProfile } from './settings.js'

/** Where to send, as whom, and where each value came from. The secret is looked up apart, only when needed. */
export interface Connection {
  /** Name of the profile in use, if any. */
  readonly profile: string | undefined
  readonly baseUrl: string
  readonly environment: string
  readonly api: string
  readonly keyId: string
  /** The profile whose secret file belongs to `keyId`; undefined when the key id came from elsewhere. */
  readonly secretProfile: string | undefined
  readonly caBundle: string | undefined
  readonly proxy: string | undefined
}

/** The global flags that choose a connection. */
export interface ConnectionFlags {
  readonly profile?: string | undefined
  readonly baseUrl?: string | undefined
  readonly caBundle?: string | undefined
  readonly proxy?: string | undefined
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

/**
 * Resolves the connection: flag, then environment variable, then profile, then default (environment `live`, api `orders`).
 *
 * @throws CliError `profile_name_invalid`, `profile_unknown`, `base_url_missing`, `base_url_invalid`, `key_id_missing` (exit 2)
 */
export function resolveConnection(
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  flags: ConnectionFlags,
): Connection {
  const named = flags.profile ?? present(env['PARTNER_PROFILE'])
  const name = named === undefined ? settings.currentProfile : parseProfileName(named)
  const stored = name === undefined ? undefined : findProfile(settings, name, named !== undefined)
  const baseUrl = flags.baseUrl ?? present(env['PARTNER_BASE_URL']) ?? stored?.baseUrl
  if (baseUrl === undefined) throw missing('base_url_missing', 'no base URL', 'PARTNER_BASE_URL')
  const keyId = present(env['PARTNER_KEY_ID']) ?? stored?.keyId
  if (keyId === undefined) throw missing('key_id_missing', 'no key id', 'PARTNER_KEY_ID')
  return {
    profile: stored === undefined ? undefined : name,
    baseUrl: parseBaseUrl(baseUrl),
    environment: present(env['PARTNER_ENVIRONMENT']) ?? stored?.environment ?? 'live',
    api: present(env['PARTNER_API']) ?? stored?.api ?? 'orders',
    keyId,
    secretProfile: stored?.keyId === keyId ? name : undefined,
    caBundle: flags.caBundle ?? present(env['PARTNER_CA_BUNDLE']) ?? stored?.caBundle,
    proxy: flags.proxy ?? stored?.proxy,
  }
}

/**
 * @throws CliError `base_url_invalid` (exit 2)
 */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fault =
    url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')
      ? 'is no http or https URL'
      : url.username !== '' || url.password !== ''
        ? 'holds a user name or password'
        : url.search !== '' || url.hash !== ''
          ? 'holds a query or fragment'
          : undefined
  if (url !== undefined && fault === undefined) return url.href.replace(/\/$/, '')
  throw new CliError('base_url_invalid', EXIT.usage, `The base URL ${fault}.`, {
    next: 'give it as https://api.example.com',
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
