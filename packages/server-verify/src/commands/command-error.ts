import type { ExitCode } from './exit-code.js'

/** A failure that whoever typed the command can do something about. Never holds a secret. */
export class CommandError extends Error {
  override readonly name = 'CommandError' as const
  /** Stable, snake_case. */
  readonly code: string
  readonly exitCode: ExitCode
  /** What to do now, one line. */
  readonly next: string | undefined

  constructor(
    code: string,
    exitCode: ExitCode,
    message: string,
    options: { readonly next?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.exitCode = exitCode
    this.next = options.next
  }
}
