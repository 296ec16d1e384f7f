import { appendFileSync } from 'node:fs'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'

type Level = 'error' | 'warn' | 'info' | 'debug'

/** What happens, line by line, for those who look later. No line holds a secret, a signature or an argument. */
export interface LogFile {
  write(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void
}

/**
 * Appends to a file, each line at once and whole, so that several processes may share it and `logrotate` may move it away.
 *
 * @throws CliError `log_unwritable` (exit 10), from the first `write`; later ones are silent: a full disk of the log is no
 * reason to stop a push
 */
export function createLogFile(path: string, format: 'json' | 'text', now: () => Date): LogFile {
  let isFirst = true
  return {
    write(level, message, fields = {}) {
      const time = now().toISOString()
      const line =
        format === 'json'
          ? JSON.stringify({ time, level, message, pid: process.pid, ...fields })
          : `${time} ${level.padEnd(5)} [${process.pid}] ${[message.replaceAll('\n', ' '), ...Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(' ')}`
      try {
        appendFileSync(path, `${line}\n`, { mode: 0o600 })
      } catch (error) {
        if (!isFirst) return
        const fault = systemErrorCode(error) ?? 'unknown error'
        throw new CliError('log_unwritable', EXIT.environment, `${path} cannot be written (${fault}).`, {
          next: 'check --log-file',
          cause: error,
        })
      } finally {
        isFirst = false
      }
    },
  }
}
