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

/** Where access tokens are kept between commands: the XDG runtime directory, which ends with the session, else the cache. */
export function tokenDirectory({ env, platform }: DirectoryOptions): string {
  if (platform === 'win32')
    return join(present(env['LOCALAPPDATA']) ?? join(homedir(), 'AppData', 'Local'), NAME, 'tokens')
  const base = present(env['XDG_RUNTIME_DIR']) ?? present(env['XDG_CACHE_HOME']) ?? join(homedir(), '.cache')
  return join(base, NAME, 'tokens')
}

/** Where a machine mounts secrets: systemd's credentials, then those of containers. */
export function systemSecretFolders({ env, platform }: DirectoryOptions): string[] {
  const own = present(env['CREDENTIALS_DIRECTORY'])
  return [...(own === undefined ? [] : [own]), ...(platform === 'win32' ? [] : ['/run/secrets'])]
}

/** An empty variable counts as absent: crontabs and CI systems set many. */
export function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
