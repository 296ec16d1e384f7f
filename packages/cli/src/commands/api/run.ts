import { type Context, IMPATIENT_ATTEMPTS } from '../../context.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { parseHeader, readBody, resolveUrl } from '../../request-arguments.js'
import type { ApiOptions } from './command.js'

/** `api`: any request, signed; the body of the answer as it came. */
export async function runApi(context: Context, options: ApiOptions): Promise<ExitCode> {
  const { method, path, include } = options
  if (!path.startsWith('/')) {
    throw new CliError('path_invalid', EXIT.usage, 'The path does not begin with a slash.', {
      next: 'give a path below the base URL, such as /v1/whoami',
    })
  }
  const { baseUrl } = await context.connection()
  // Refuses what would be rewritten on the way, before anything is signed.
  resolveUrl(path, baseUrl)
  const headers = Object.fromEntries(options.headers.map(parseHeader))
  const body = options.data === undefined ? undefined : await readBody(context, options.data)
  const client = await context.client(IMPATIENT_ATTEMPTS)
  const answer = await client.request({ method, path, headers, body, signal: context.signal })
  const shown = include ? answer : answer.body
  await context.output.result(shown ?? null, () => {
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, undefined, 2)
    if (!include) return text ?? ''
    const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`)
    return [`HTTP ${answer.status}`, ...lines, '', text ?? ''].join('\n')
  })
  return EXIT.ok
}
