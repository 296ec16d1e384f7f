import type { ExitCode } from './exit-code.js'

/** Facts of a {@link CliError}. */
export interface CliErrorOptions {
  /** What the reader should do now, one line, without a full stop when it ends in a command. */
  readonly next?: string | undefined
  readonly cause?: unknown
}

/**
 * A failure that the user can do something about: what happened (`message`), the exit code, and the next step.
 * Never holds a secret or a signature. Anything that is thrown and is no `CliError` counts as a bug (exit 1).
 */
export class CliError extends Error {
  override readonly name = 'CliError' as const
  /** Stable, snake_case. */
  readonly code: string
  readonly exitCode: ExitCode
  readonly next: string | undefined

  constructor(code: string, exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.exitCode = exitCode
    this.next = options.next
  }
}

/** The `code` of a system error (`ENOENT`, `EACCES` …), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}
