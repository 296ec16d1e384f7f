import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** What the places of our files depend on. */
export interface DirectoryOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  /** `--config-dir` */
  readonly configDir?: string | undefined
}

const NAME = 'partner-cli'

/** Where settings and secret files live: `--config-dir`, `PARTNER_CONFIG_DIR`, else the XDG configuration directory. */
export function configDirectory({ env, platform, configDir }: DirectoryOptions): string {
  const chosen = configDir ?? present(env['PARTNER_CONFIG_DIR'])
  if (chosen !== undefined) return resolve(chosen)
  if (platform === 'win32')
    return join(present(env['APPDATA']) ?? join(homedir(), 'AppData', 'Roaming'), NAME)
  return join(present(env['XDG_CONFIG_HOME']) ?? join(homedir(), '.config'), NAME)
}

/** Where the work of runs lives (rejects of a stdin push): `PARTNER_STATE_DIR`, else the XDG state directory. */
export function stateDirectory({ env, platform }: DirectoryOptions): string {
  const chosen = present(env['PARTNER_STATE_DIR'])
  if (chosen !== undefined) return resolve(chosen)
  if (platform === 'win32')
    return join(present(env['LOCALAPPDATA']) ?? join(homedir(), 'AppData', 'Local'), NAME)
  return join(present(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), NAME)
}

/** An empty variable counts as absent: crontabs and CI systems set many. */
export function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
