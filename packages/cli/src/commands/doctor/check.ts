import type { ExitCode } from '../../exit-code.js'

/** What one check found. */
export interface Check {
  readonly name:
    | 'node'
    | 'credential'
    | 'client-cert'
    | 'state'
    | 'proxy'
    | 'dns'
    | 'tls'
    | 'connection'
    | 'clock'
    | 'access'
    | 'scope'
    | 'quota'
  /** `skip`: another failure, or the way the platform is reached, leaves nothing to check. */
  readonly status: 'ok' | 'warn' | 'fail' | 'skip'
  readonly detail: string
  /** What repairs it; every failure has one. */
  readonly fix?: string | undefined
  /** The exit code that a failure asks for. */
  readonly exitCode?: ExitCode | undefined
}

export function passed(name: Check['name'], detail: string): Check {
  return { name, status: 'ok', detail }
}

export function skipped(name: Check['name'], detail: string): Check {
  return { name, status: 'skip', detail }
}

export function warned(name: Check['name'], detail: string, fix: string): Check {
  return { name, status: 'warn', detail, fix }
}

export function failed(name: Check['name'], detail: string, fix: string, exitCode: ExitCode): Check {
  return { name, status: 'fail', detail, fix, exitCode }
}
