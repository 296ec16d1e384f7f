import { join } from 'node:path'
import { present } from './directories.js'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'
import { readPrivateFile, writePrivateFile } from './private-file.js'

/** A secret and where it was found, which is what a person may see. */
export interface FoundSecret {
  readonly value: string
  /** `PARTNER_SECRET_FILE /run/secrets/acme`, `PARTNER_SECRET`, or the path of the profile's file. */
  readonly source: string
  readonly kind: 'file-variable' | 'variable' | 'profile'
}

/** How to give a secret, for every message that has to say it. */
export const HOW_TO_GIVE_A_SECRET: string =
  'partner-cli auth import FILE, or set PARTNER_SECRET_FILE to a file that only you can read'

/** The 0600 file that holds the secret of a profile. */
export function profileSecretPath(directory: string, profile: string): string {
  return join(directory, 'secrets', profile)
}

/**
 * Finds the secret: `PARTNER_SECRET_FILE`, then `PARTNER_SECRET`, then the file of the profile. Never a flag: a flag
 * would stand in the process list and in the shell's history.
 *
 * @param profile undefined when no profile is in use or when its key id was overridden, so that its secret does not fit
 * @throws CliError `secret_missing`, `secret_invalid`, `secret_file_unreadable`, `secret_file_permissions` (exit 2)
 */
export async function findSecret(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
  profile: string | undefined,
): Promise<FoundSecret> {
  const path = present(env['PARTNER_SECRET_FILE'])
  if (path !== undefined) {
    const value = trimSecret(
      await readPrivateFile(path, 'PARTNER_SECRET_FILE'),
      `PARTNER_SECRET_FILE ${path}`,
    )
    return { value, source: `PARTNER_SECRET_FILE ${path}`, kind: 'file-variable' }
  }
  const variable = present(env['PARTNER_SECRET'])
  if (variable !== undefined) {
    return { value: trimSecret(variable, 'PARTNER_SECRET'), source: 'PARTNER_SECRET', kind: 'variable' }
  }
  if (profile === undefined) {
    throw new CliError('secret_missing', EXIT.usage, 'No secret was given for the key id.', {
      next: HOW_TO_GIVE_A_SECRET,
    })
  }
  const own = profileSecretPath(directory, profile)
  const value = trimSecret(await readPrivateFile(own, 'The secret file'), own)
  return { value, source: own, kind: 'profile' }
}

/**
 * Stores the secret of a profile.
 *
 * @returns the path of the file
 * @throws CliError `secret_unwritable` (exit 10)
 */
export async function saveSecret(directory: string, profile: string, secret: string): Promise<string> {
  const path = profileSecretPath(directory, profile)
  try {
    await writePrivateFile(path, `${secret}\n`)
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    throw new CliError('secret_unwritable', EXIT.environment, `${path} cannot be written (${fault}).`, {
      next: 'check the folder and the disk, or name another place with --config-dir',
      cause: error,
    })
  }
  return path
}

/** Editors and `echo` add a line end; nothing else is taken off. */
function trimSecret(text: string, source: string): string {
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '' || /[\r\n]/.test(secret)) {
    const fault = secret === '' ? 'is empty' : 'holds more than one line'
    throw new CliError('secret_invalid', EXIT.usage, `${source} ${fault}.`, {
      next: 'it must hold the secret on one line and nothing else',
    })
  }
  return secret
}
