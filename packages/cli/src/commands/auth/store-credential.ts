import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Context } from '../../context.js'
import type { CredentialDocument } from '../../credential-document.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT } from '../../exit-code.js'
import { writePrivateFile } from '../../private-file.js'
import { keychainAccount, profileSecretPath, saveSecret } from '../../secrets.js'
import { type Settings, type StoredProfile, updateSettings } from '../../settings.js'
import type { SecretStore } from './command.js'

/** Where a credential lies now. */
export interface StoredCredential {
  readonly settings: Settings
  readonly profile: StoredProfile
  readonly store: SecretStore
  /** The file with the secret; undefined when it is in the keychain, or when there is none. */
  readonly secretFile: string | undefined
  /** The key id of the credential that this one takes the place of, if it is another. */
  readonly replaced: string | undefined
}

/** The file with the former secret of a profile. */
export function previousSecretPath(directory: string, profile: string): string {
  return join(directory, 'previous', profile)
}

/** The files with the client certificate of a profile and its key. */
export function certificatePaths(
  directory: string,
  profile: string,
): { readonly certificate: string; readonly key: string } {
  const folder = join(directory, 'certificates')
  return { certificate: join(folder, `${profile}.pem`), key: join(folder, `${profile}.key`) }
}

/**
 * Puts a credential into a profile: the secret into a file of its own or the keychain, everything else into the settings.
 * What the profile knows about the way to the platform stays, and a former credential is kept for `auth rollback`.
 *
 * @throws CliError `secret_unwritable` (exit 10), and as `updateSettings`
 */
export async function storeCredential(
  context: Context,
  name: string,
  document: CredentialDocument,
  store: SecretStore,
): Promise<StoredCredential> {
  const directory = context.configDirectory
  let profile: StoredProfile = document.profile
  let used: SecretStore = 'file'
  let replaced: string | undefined
  // The whole of it under the lock of the settings: two imports into one profile must not mix.
  const settings = await updateSettings(directory, async stored => {
    const before = stored.profiles[name]
    const { caBundle, proxy, clientCertificate, clientKey } = before ?? {}
    const way = { caBundle, proxy, clientCertificate, clientKey }
    const kept = Object.fromEntries(Object.entries(way).filter(([, value]) => value !== undefined))
    profile = { ...kept, ...profile, ...(await storeCertificate(directory, name, document)) }
    const earlier = before?.keyId ?? before?.clientId
    if (before !== undefined && earlier !== undefined && earlier !== (profile.keyId ?? profile.clientId)) {
      replaced = earlier
      await keepPrevious(directory, name)
      stored.previous = { ...stored.previous, [name]: before }
    }
    if (document.secret !== undefined)
      used = await storeSecret(context, name, profile, document.secret, store)
    if (used === 'keychain') profile = { ...profile, store: 'keychain' }
    stored.currentProfile ??= name
    stored.profiles[name] = profile
  })
  const hasFile = used === 'file' && document.secret !== undefined
  return {
    settings,
    profile,
    store: used,
    secretFile: hasFile ? profileSecretPath(directory, name) : undefined,
    replaced,
  }
}

async function storeSecret(
  context: Context,
  name: string,
  { keyId, clientId = '' }: StoredProfile,
  secret: string,
  store: SecretStore,
): Promise<SecretStore> {
  const directory = context.configDirectory
  if (store === 'keychain') {
    const { KeychainError, writeKeychain } = await import('../../keychain.js')
    try {
      await writeKeychain(keychainAccount(name, keyId ?? clientId), secret)
      await rm(profileSecretPath(directory, name), { force: true })
      return 'keychain'
    } catch (error) {
      if (!(error instanceof KeychainError)) throw error
      await context.note(`The keychain is of no use: ${error.message}. The secret goes into a file (0600).`)
    }
  }
  await saveSecret(directory, name, secret)
  return 'file'
}

async function storeCertificate(
  directory: string,
  name: string,
  { clientCertificate }: CredentialDocument,
): Promise<StoredProfile> {
  if (clientCertificate === undefined) return {}
  const paths = certificatePaths(directory, name)
  try {
    await writePrivateFile(paths.certificate, clientCertificate.certificate)
    await writePrivateFile(paths.key, clientCertificate.key)
  } catch (error) {
    throw createUnwritableError(paths.key, error)
  }
  return { clientCertificate: paths.certificate, clientKey: paths.key }
}

async function keepPrevious(directory: string, name: string): Promise<void> {
  const secret = profileSecretPath(directory, name)
  if (!existsSync(secret)) return
  const path = previousSecretPath(directory, name)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await copyFile(secret, path)
  } catch (error) {
    throw createUnwritableError(path, error)
  }
}

function createUnwritableError(path: string, cause: unknown): CliError {
  const fault = systemErrorCode(cause) ?? 'unknown error'
  return new CliError('secret_unwritable', EXIT.environment, `${path} cannot be written (${fault}).`, {
    next: 'check the folder and the disk, or name another place with --config-dir',
    cause,
  })
}
