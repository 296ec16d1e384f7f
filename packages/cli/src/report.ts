import type { CliError } from './errors.js'
import { createPaint, mayUseColor, type OutputStream, writeText } from './output.js'

/** How a failure is shown. */
export interface ReportOptions {
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly color: boolean
  /** Shows where the failure came from. */
  readonly debug: boolean
}

/** Says on standard error what happened and what to do next: two lines for people, or one object with `--json`. */
export async function reportFailure(failure: CliError, options: ReportOptions): Promise<void> {
  const { code, exitCode, message, next } = failure
  const { stderr, env, json, color, debug } = options
  if (json) {
    const body = { error: { code, message, ...(next === undefined ? {} : { next }) }, exitCode }
    await writeText(stderr, `${JSON.stringify(body)}\n`)
  } else {
    const paint = createPaint(mayUseColor(stderr, env, color))
    const lines = [`${paint('red', 'error:')} ${message}`]
    if (next !== undefined) lines.push(`${paint('bold', 'next:')}  ${next}`)
    await writeText(stderr, `${lines.join('\n')}\n`)
  }
  const origin = failure.cause ?? failure
  if (debug && origin instanceof Error) await writeText(stderr, `${origin.stack ?? origin.message}\n`)
}
