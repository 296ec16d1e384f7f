import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type Conf from 'conf'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'

/** What a profile remembers. Nothing in it is secret: the secret has its own file (see `secrets.ts`). */
export interface StoredProfile {
  readonly baseUrl: string
  readonly environment: string
  readonly api: string
  readonly partner?: string
  readonly keyId: string
  readonly caBundle?: string
  readonly proxy?: string
}

interface StoredSettings {
  currentProfile?: string
  profiles: Record<string, StoredProfile>
}

/** The settings file: which profiles there are and which is used when none is named. */
export interface Settings {
  readonly path: string
  readonly currentProfile: string | undefined
  readonly profiles: Readonly<Record<string, StoredProfile>>
}

/**
 * Reads `config.json` in the configuration directory. A directory without the file counts as empty and costs no import.
 *
 * @throws CliError `settings_invalid`, `settings_unreadable` (exit 2)
 */
export async function readSettings(directory: string): Promise<Settings> {
  const path = join(directory, 'config.json')
  if (!existsSync(path)) return { path, currentProfile: undefined, profiles: {} }
  const { currentProfile, profiles } = (await openStore(directory, path)).store
  return { path, currentProfile, profiles: profiles ?? {} }
}

/**
 * Stores a profile; the first one becomes the current one. Mode 0600, written atomically.
 *
 * @throws CliError `settings_invalid`, `settings_unreadable` (exit 2)
 */
export async function saveProfile(
  directory: string,
  name: string,
  profile: StoredProfile,
): Promise<Settings> {
  const path = join(directory, 'config.json')
  const store = await openStore(directory, path)
  const { currentProfile = name, profiles } = store.store
  store.store = { currentProfile, profiles: { ...profiles, [name]: profile } }
  return { path, currentProfile, profiles: store.store.profiles }
}

const TEXT = { type: 'string', minLength: 1 } as const

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
        profiles: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            required: ['baseUrl', 'environment', 'api', 'keyId'],
            properties: {
              baseUrl: TEXT,
              environment: TEXT,
              api: TEXT,
              partner: TEXT,
              keyId: TEXT,
              caBundle: TEXT,
              proxy: TEXT,
            },
          },
        },
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
