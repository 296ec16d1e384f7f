import type { Context } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { chooseProfile, resolveAuth } from '../../profile.js'
import {
  findDefinition,
  findSetting,
  SETTING_DEFINITIONS,
  type SettingSources,
  showSetting,
} from '../../setting-definitions.js'
import { updateSettings } from '../../settings.js'
import { formatTable } from '../../table.js'

export interface SettingOptions {
  readonly setting: string
}

/** `configure list` */
export async function runList(context: Context): Promise<ExitCode> {
  const stored = await findProfile(context)
  const values = SETTING_DEFINITIONS.flatMap(({ key, name }) => {
    const value = stored.profile[key]
    return value === undefined ? [] : [[name, showSetting(key, value)] as const]
  })
  await context.output.result(
    {
      schema: 'partner-cli.configure-list/1',
      profile: stored.name,
      settings: Object.fromEntries(values),
    },
    () => formatTable(values),
  )
  return EXIT.ok
}

/** `configure get` */
export async function runGet(context: Context, { setting }: SettingOptions): Promise<ExitCode> {
  const definition = findDefinition(setting)
  const found = findSetting(definition, await findSources(context))
  if (found === undefined) {
    throw new CliError('setting_missing', EXIT.usage, `${definition.name} is not set.`, {
      next: `partner-cli configure set ${definition.name} VALUE`,
    })
  }
  const value = showSetting(definition.key, found.value)
  await context.output.result(
    { schema: 'partner-cli.configure-get/1', setting: definition.name, value, source: found.source },
    () => value,
  )
  return EXIT.ok
}

/** `configure set`, and without a value `configure unset` */
export async function runSet(
  context: Context,
  { setting, value }: SettingOptions & { readonly value?: string | undefined },
): Promise<ExitCode> {
  const { key, name, parse } = findDefinition(setting)
  const { name: profile } = await findProfile(context)
  const parsed = value === undefined ? undefined : checkValue(name, parse?.(value) ?? value)
  await updateSettings(context.configDirectory, settings => {
    const { [key]: _, ...rest } = settings.profiles[profile] ?? {}
    settings.profiles[profile] = parsed === undefined ? rest : { ...rest, [key]: parsed }
  })
  const shown = parsed === undefined ? null : showSetting(key, parsed)
  await context.output.result(
    { schema: 'partner-cli.configure-set/1', profile, setting: name, value: shown },
    () => (shown === null ? `${profile}: ${name} is unset.` : `${profile}: ${name} is ${shown}`),
  )
  return EXIT.ok
}

/** `configure explain` */
export async function runExplain(context: Context): Promise<ExitCode> {
  const sources = await findSources(context)
  const settings = SETTING_DEFINITIONS.flatMap(definition => {
    const { key, name, what } = definition
    const found = findSetting(definition, sources)
    if (found !== undefined)
      return [{ name, value: showSetting(key, found.value), source: found.source, what }]
    return key === 'auth' ? [{ name, value: resolveAuth(sources), source: 'what is given', what }] : []
  })
  const secret = await findSecretSource(context)
  const profile = sources.stored?.name ?? null
  await context.output.result({ schema: 'partner-cli.configure-explain/1', profile, settings, secret }, () =>
    formatTable([
      ...settings.map(({ name, value, source }) => [name, value, source]),
      ['secret', '(not shown)', secret],
    ]),
  )
  return EXIT.ok
}

/** `configure path` */
export async function runPath(context: Context): Promise<ExitCode> {
  const { path } = await context.settings()
  await context.output.result({ schema: 'partner-cli.configure-path/1', path }, () => path)
  return EXIT.ok
}

async function findSources({ settings, env, flags, document }: Context): Promise<SettingSources> {
  return { flags, env, stored: chooseProfile(await settings(), env, flags), document: await document() }
}

async function findSecretSource(context: Context): Promise<string> {
  try {
    return (await context.secret()).source
  } catch (error) {
    if (error instanceof CliError) return `none: ${error.message}`
    throw error
  }
}

async function findProfile({
  settings,
  env,
  flags,
}: Context): Promise<NonNullable<SettingSources['stored']>> {
  const stored = chooseProfile(await settings(), env, flags)
  if (stored !== undefined) return stored
  throw new CliError('profile_missing', EXIT.usage, 'There is no profile yet.', {
    next: 'partner-cli profile add NAME, or partner-cli auth import FILE',
  })
}

function checkValue(name: string, value: string): string {
  if (value !== '') return value
  throw new CliError('setting_invalid', EXIT.usage, `An empty value is no ${name}.`, {
    next: `partner-cli configure unset ${name}`,
  })
}
