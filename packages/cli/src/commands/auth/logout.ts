import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { chooseProfile } from '../../profile.js'
import { keychainAccount, profileSecretPath } from '../../secrets.js'
import { type StoredProfile, updateSettings } from '../../settings.js'
import { certificatePaths, previousSecretPath } from './store-credential.js'

/**
 * `auth logout`: the secrets of the profile and the access tokens go (after a login by `--device` its own ones only);
 * addresses and key ids stay.
 */
export async function runLogout(context: Context): Promise<ExitCode> {
  const { configDirectory, env, flags } = context
  const chosen = chooseProfile(await context.settings(), env, flags)
  if (chosen === undefined) {
    throw new CliError('profile_missing', EXIT.usage, 'There is no profile to log out of.', {
      next: 'name one with --profile; partner-cli profile list shows them',
    })
  }
  const { name } = chosen
  const removed = await removeSecrets(context, name)
  await updateSettings(configDirectory, settings => {
    delete settings.previous?.[name]
    const profile = settings.profiles[name]
    if (profile === undefined) return
    // The files are gone; another certificate that the user named stays.
    const { clientCertificate, clientKey, ...rest } = profile
    const isOurs = clientCertificate === certificatePaths(configDirectory, name).certificate
    settings.profiles[name] = isOurs ? rest : profile
  })
  const [{ tokenFileCache }, { deviceTokenDirectory }] = await Promise.all([
    import('@countersign/sdk'),
    import('../../device-token.js'),
  ])
  // A person's token belongs to this profile alone; those of clients may be shared, so all of them go.
  const isLogin = chosen.profile.clientAuthentication === 'none'
  const directories = [deviceTokenDirectory(context.tokenDirectory, name)]
  if (!isLogin) directories.push(context.tokenDirectory)
  let tokens = 0
  for (const directory of directories) tokens += await tokenFileCache({ directory }).clear()
  await context.output.result({ schema: 'partner-cli.auth-logout/1', profile: name, removed, tokens }, () =>
    [
      removed.length === 0 ? `Profile ${name} had no secret here.` : `Removed ${removed.join(', ')}`,
      ...(tokens === 0 ? [] : [`Forgot ${tokens} access ${tokens === 1 ? 'token' : 'tokens'}.`]),
      'The platform still accepts the credential: ask it to revoke one that others may know.',
    ].join('\n'),
  )
  return EXIT.ok
}

/** @returns what was there */
export async function removeSecrets(context: Context, name: string): Promise<string[]> {
  const { configDirectory: directory } = context
  const { profiles, previous } = await context.settings()
  const { certificate, key } = certificatePaths(directory, name)
  const files = [profileSecretPath(directory, name), previousSecretPath(directory, name), certificate, key]
  const removed = files.filter(existsSync)
  for (const file of removed) await rm(file, { force: true })
  for (const profile of [profiles[name], previous[name]]) {
    if (profile?.store === 'keychain' && (await clear(name, profile))) removed.push('the keychain entry')
  }
  return removed
}

async function clear(name: string, { keyId, clientId = '' }: StoredProfile): Promise<boolean> {
  const { clearKeychain, KeychainError } = await import('../../keychain.js')
  try {
    return await clearKeychain(keychainAccount(name, keyId ?? clientId))
  } catch (error) {
    if (!(error instanceof KeychainError)) throw error
    throw new CliError(
      'keychain_unusable',
      EXIT.environment,
      `The keychain is of no use: ${error.message}.`,
      {
        next: 'unlock it and run the command again',
      },
    )
  }
}
