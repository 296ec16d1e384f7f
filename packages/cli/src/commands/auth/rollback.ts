import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { chooseProfile } from '../../profile.js'
import { profileSecretPath } from '../../secrets.js'
import { updateSettings } from '../../settings.js'
import { previousSecretPath } from './store-credential.js'

/** `auth rollback`: the profile and its former credential change places, so that a second rollback undoes the first. */
export async function runRollback(context: Context): Promise<ExitCode> {
  const { configDirectory: directory, env, flags } = context
  const name = chooseProfile(await context.settings(), env, flags)?.name ?? 'default'
  let keyId = ''
  await updateSettings(directory, async settings => {
    const current = settings.profiles[name]
    const former = settings.previous?.[name]
    if (current === undefined || former === undefined) {
      throw new CliError(
        'previous_missing',
        EXIT.usage,
        `There is no former credential of profile ${name}.`,
        {
          next: 'one is kept when auth import or auth login replaces a credential',
        },
      )
    }
    await swap(profileSecretPath(directory, name), previousSecretPath(directory, name))
    settings.profiles[name] = former
    settings.previous = { ...settings.previous, [name]: current }
    keyId = former.keyId ?? former.clientId ?? ''
  })
  await context.output.result(
    { schema: 'partner-cli.auth-rollback/1', profile: name, keyId },
    () => `Profile ${name} uses ${keyId} again.\nNext: partner-cli auth test --profile ${name}`,
  )
  return EXIT.ok
}

/** Either may be absent: a secret may be in the keychain. */
async function swap(one: string, other: string): Promise<void> {
  const aside = `${one}.${randomBytes(6).toString('hex')}.tmp`
  const hasOne = existsSync(one)
  if (hasOne) await rename(one, aside)
  if (existsSync(other)) await rename(other, one)
  if (hasOne) await rename(aside, other)
}
