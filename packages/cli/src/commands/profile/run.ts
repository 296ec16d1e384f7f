import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { chooseProfile, parseProfileName } from '../../profile.js'
import { type StoredProfile, updateSettings } from '../../settings.js'
import { formatTable } from '../../table.js'
import { removeSecrets } from '../auth/logout.js'

export interface ProfileOptions {
  readonly name: string
}

/** `profile list` */
export async function runList(context: Context): Promise<ExitCode> {
  const { profiles, currentProfile } = await context.settings()
  const rows = Object.entries(profiles).map(([name, profile]) => ({
    name,
    isCurrent: name === currentProfile,
    auth: profile.auth ?? 'hmac',
    keyId: profile.keyId ?? profile.clientId ?? null,
    environment: profile.environment ?? 'live',
    baseUrl: profile.baseUrl ?? null,
  }))
  await context.output.result({ schema: 'partner-cli.profiles/1', profiles: rows }, () =>
    rows.length === 0
      ? 'There is no profile yet: partner-cli auth import FILE'
      : formatTable(
          rows.map(({ isCurrent, name, auth, keyId, environment, baseUrl }) => [
            isCurrent ? '*' : ' ',
            name,
            environment,
            auth,
            keyId ?? '-',
            baseUrl ?? '-',
          ]),
        ),
  )
  return EXIT.ok
}

/** `profile use` */
export async function runUse(context: Context, { name }: ProfileOptions): Promise<ExitCode> {
  // Says which ones there are when this one is unknown.
  chooseProfile(await context.settings(), {}, { profile: name })
  await updateSettings(context.configDirectory, settings => {
    settings.currentProfile = name
  })
  await context.output.result(
    { schema: 'partner-cli.profile-use/1', profile: name },
    () => `Using profile ${name}.`,
  )
  return EXIT.ok
}

/** `profile add` */
export async function runAdd(
  context: Context,
  { name, from }: ProfileOptions & { readonly from?: string | undefined },
): Promise<ExitCode> {
  parseProfileName(name)
  const source =
    from === undefined ? undefined : chooseProfile(await context.settings(), {}, { profile: from })
  const { baseUrl, environment, api, partner, caBundle, proxy, issuer, tokenEndpoint, scope, audience } =
    source?.profile ?? {}
  const copied = {
    baseUrl,
    environment,
    api,
    partner,
    caBundle,
    proxy,
    issuer,
    tokenEndpoint,
    scope,
    audience,
  }
  const flags = {
    baseUrl: context.flags.baseUrl,
    caBundle: context.flags.caBundle,
    proxy: context.flags.proxy,
  }
  const profile = Object.fromEntries(
    [...Object.entries(copied), ...Object.entries(flags)].filter(([, value]) => value !== undefined),
  ) as StoredProfile
  await updateSettings(context.configDirectory, settings => {
    if (Object.hasOwn(settings.profiles, name)) {
      throw new CliError('profile_exists', EXIT.usage, `There is a profile ${name} already.`, {
        next: `change it with partner-cli configure set NAME VALUE --profile ${name}`,
      })
    }
    settings.currentProfile ??= name
    settings.profiles[name] = profile
  })
  await context.output.result(
    { schema: 'partner-cli.profile-add/1', profile: name, settings: profile },
    () => `Made profile ${name}.\nNext: partner-cli auth login --profile ${name}, or auth import FILE`,
  )
  return EXIT.ok
}

/** `profile remove` */
export async function runRemove(context: Context, { name }: ProfileOptions): Promise<ExitCode> {
  chooseProfile(await context.settings(), {}, { profile: name })
  const removed = await removeSecrets(context, name)
  const { currentProfile } = await updateSettings(context.configDirectory, settings => {
    delete settings.profiles[name]
    delete settings.previous?.[name]
    // Which one is meant then is for the user to say.
    if (settings.currentProfile === name) delete settings.currentProfile
  })
  await context.output.result(
    {
      schema: 'partner-cli.profile-remove/1',
      profile: name,
      removed,
      currentProfile: currentProfile ?? null,
    },
    () =>
      [
        `Removed profile ${name}.`,
        ...removed.map(path => `Removed ${path}`),
        ...(currentProfile === undefined ? ['No profile is chosen now: partner-cli profile use NAME'] : []),
      ].join('\n'),
  )
  return EXIT.ok
}
