import { readFile } from 'node:fs/promises'
import type { Context } from './context.js'
import { CliError, systemErrorCode } from './errors.js'
import { EXIT } from './exit-code.js'
import { createInputError } from './push/input-error.js'

/** An absolute URL, or a path below the base URL, in canonical form. @throws CliError `url_invalid`, `url_not_canonical` (exit 2) */
export function resolveUrl(given: string, baseUrl: string): string {
  const url = given.startsWith('/') ? `${baseUrl}${given}` : given
  if (URL.canParse(url)) {
    const { protocol, href } = new URL(url)
    // What URL would rewrite (dot segments, spaces) is not what the user asked to sign.
    if ((protocol === 'https:' || protocol === 'http:') && (href === url || href === `${url}/`)) return href
    if (protocol === 'https:' || protocol === 'http:') {
      throw usage(
        'url_not_canonical',
        `${given} is not in canonical form; that would be ${href}`,
        'give that form',
      )
    }
  }
  throw usage(
    'url_invalid',
    `${given} is neither an http or https URL nor a path.`,
    'give https://… or /v1/…',
  )
}

/** `name: value` → name in lower case and value. @throws CliError `header_invalid` (exit 2) */
export function parseHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  const name = header.slice(0, colon).trim().toLowerCase()
  if (colon > 0 && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return [name, header.slice(colon + 1).trim()]
  // Without its value: it may be a credential.
  throw usage('header_invalid', 'A header given with -H has no "name: value" form.', 'write -H "name: value"')
}

/** Text, `@FILE`, or `@-` for standard input, as with curl. @throws CliError `file_unreadable` (exit 6) */
export async function readBody(context: Context, data: string): Promise<Uint8Array> {
  if (!data.startsWith('@')) return Buffer.from(data, 'utf8')
  return readInput(context, data.slice(1))
}

/** A file, or standard input for `-`. @throws CliError `file_unreadable` (exit 6) */
export async function readInput({ stdin }: Pick<Context, 'stdin'>, path: string): Promise<Buffer> {
  if (path === '-') {
    const chunks: Buffer[] = []
    for await (const chunk of stdin() as AsyncIterable<Buffer>) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  try {
    return await readFile(path)
  } catch (error) {
    const fault = systemErrorCode(error) ?? 'unknown error'
    throw createInputError('file_unreadable', `${path} cannot be read (${fault}).`, 'check the path', error)
  }
}

function usage(code: string, message: string, next: string): CliError {
  return new CliError(code, EXIT.usage, message, { next })
}
