import type { DebugEvent } from './debug-event.js'

/** From what is always worth a look to what is only for the search of a fault. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** Where a client logs. `console` is one. A logger with another order of arguments needs a line of wrapping. */
export interface Logger {
  error(message: string, fields: Readonly<Record<string, unknown>>): void
  warn(message: string, fields: Readonly<Record<string, unknown>>): void
  info(message: string, fields: Readonly<Record<string, unknown>>): void
  debug(message: string, fields: Readonly<Record<string, unknown>>): void
}

const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']

/**
 * Writes debug events as log lines. What logs itself fails for itself: no request does.
 *
 * `warn`: somebody should do something. `info`: something went on by itself (retries, new tokens). `debug`: every request,
 * and what was signed.
 */
export function createEventLog(logger: Logger, threshold: LogLevel): (event: DebugEvent) => void {
  const limit = ORDER.indexOf(threshold)
  return event => {
    const { level, message } = describe(event)
    if (ORDER.indexOf(level) > limit) return
    const { type, ...fields } = event
    try {
      logger[level](message, { event: type, ...fields })
    } catch {
      // A full disk of the logger is not the partner's order.
    }
  }
}

function describe(event: DebugEvent): { readonly level: LogLevel; readonly message: string } {
  switch (event.type) {
    case 'signed':
      return { level: 'debug', message: 'request signed' }
    case 'answered':
      return { level: 'debug', message: `answered ${event.status}` }
    case 'failed':
      return { level: 'info', message: `no answer: ${event.code}` }
    case 'waiting':
      return { level: 'info', message: `${event.code}: next attempt in ${Math.round(event.delayMs)} ms` }
    case 'clock_corrected':
      return {
        level: 'warn',
        message: 'the clock of this machine is off; signing with the time of the server',
      }
    case 'credential_refreshed':
      return { level: 'info', message: 'the credential was refused and fetched anew' }
    case 'deprecated':
      return { level: 'warn', message: 'the server will remove what was called' }
    case 'circuit_opened':
      return {
        level: 'warn',
        message: `${event.failures} failures in a row: nothing is sent for ${event.openMs} ms`,
      }
    case 'circuit_closed':
      return { level: 'info', message: 'the server works again' }
    case 'token_issued':
      return { level: 'info', message: 'access token issued' }
    case 'token_refused':
      return event.serving
        ? { level: 'info', message: `no new access token: ${event.code}; the old one is still good` }
        : { level: 'warn', message: `no access token: ${event.code}` }
    case 'scope_reduced':
      return { level: 'warn', message: `the access token lacks: ${event.missing.join(' ')}` }
    case 'token_lifetime_unknown':
      return { level: 'warn', message: 'the token endpoint names no lifetime; 300 s are assumed' }
    case 'token_cache_unusable':
      return { level: 'warn', message: `access tokens are kept in memory only: ${event.reason}` }
  }
}
