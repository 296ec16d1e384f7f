import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type Conf from 'conf'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'
import { withSettingsLock } from './settings-lock.js'

/** What a profile may remember, each a text. */
export const SETTING_KEYS = [
  'baseUrl',
  'environment',
  'api',
  'partner',
  'auth',
  'keyId',
  'issuer',
  'tokenEndpoint',
  'clientId',
  'clientAuthentication',
  'scope',
  'audience',
  'credentialProcess',
  'store',
  'caBundle',
  'proxy',
  'clientCertificate',
  'clientKey',
] as const

export type SettingKey = (typeof SETTING_KEYS)[number]

/** What a profile remembers. Nothing in it is secret: the secret has its own file (see `secrets.ts`). */
export type StoredProfile = { readonly [K in SettingKey]?: string }

/** All that the settings file holds. */
export interface StoredSettings {
  currentProfile?: string
  profiles: Record<string, StoredProfile>
  /** What a profile was before its credential was replaced: `auth rollback`. */
  previous?: Record<string, StoredProfile>
}

/** The settings file: which profiles there are and which is used when none is named. */
export interface Settings {
  readonly path: string
  readonly currentProfile: string | undefined
  readonly profiles: Readonly<Record<string, StoredProfile>>
  readonly previous: Readonly<Record<string, StoredProfile>>
}

/**
 * Reads `config.json` in the configuration directory. A directory without the file counts as empty and costs no import.
 *
 * @throws CliError `settings_invalid`, `settings_unreadable` (exit 2)
 */
export async function readSettings(directory: string): Promise<Settings> {
  const path = join(directory, 'config.json')
  if (!existsSync(path)) return { path, currentProfile: undefined, profiles: {}, previous: {} }
  return toSettings(path, (await openStore(directory, path)).store)
}

/**
 * Changes the settings: under a lock, so that nothing another process writes at the same time is lost; mode 0600, written
 * as a whole.
 *
 * @param change gets a copy, which it may change
 * @throws CliError `settings_invalid`, `settings_unreadable` (exit 2), `settings_locked` (exit 8), `settings_unwritable`
 * (exit 10), and what `change` throws
 */
export async function updateSettings(
  directory: string,
  change: (settings: StoredSettings) => void | Promise<void>,
): Promise<Settings> {
  const path = join(directory, 'config.json')
  return withSettingsLock(path, async () => {
    const store = await openStore(directory, path)
    const { currentProfile, profiles, previous } = store.store
    const changed: StoredSettings = { profiles: { ...profiles }, previous: { ...previous } }
    if (currentProfile !== undefined) changed.currentProfile = currentProfile
    await change(changed)
    if (Object.keys(changed.previous ?? {}).length === 0) delete changed.previous
    store.store = changed
    return toSettings(path, changed)
  })
}

/**
 * Stores a profile; the first one becomes the current one.
 *
 * @throws as {@link updateSettings}
 */
export function saveProfile(directory: string, name: string, profile: StoredProfile): Promise<Settings> {
  return updateSettings(directory, settings => {
    settings.currentProfile ??= name
    settings.profiles[name] = profile
  })
}

function toSettings(
  path: string,
  { currentProfile, profiles, previous }: Readonly<Partial<StoredSettings>>,
): Settings {
  return { path, currentProfile, profiles: profiles ?? {}, previous: previous ?? {} }
}

const TEXT = { type: 'string', minLength: 1 } as const
const PROFILES = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: Object.fromEntries(SETTING_KEYS.map(key => [key, TEXT])),
  },
} as const

async function openStore(directory: string, path: string): Promise<Conf<StoredSettings>> {
  const { default: Conf } = await import('conf')
  try {
    return new Conf<StoredSettings>({
      projectName: 'partner-cli',
      projectSuffix: '',
      cwd: directory,
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
      schema: {
        currentProfile: TEXT,
        profiles: PROFILES,
        previous: PROFILES,
      },
    })
  } catch (error) {
    const fault = systemErrorCode(error)
    if (fault !== undefined) {
      throw new CliError(
        'settings_unreadable',
        EXIT.usage,
        `The settings file ${path} cannot be used (${fault}).`,
        {
          next: 'check who owns it, or name another place with --config-dir',
          cause: error,
        },
      )
    }
    const detail = error instanceof Error ? error.message : String(error)
    throw new CliError('settings_invalid', EXIT.usage, `The settings file ${path} is broken: ${detail}`, {
      next: `correct it by hand, or move it away and run partner-cli auth import FILE again`,
      cause: error,
    })
  }
}
