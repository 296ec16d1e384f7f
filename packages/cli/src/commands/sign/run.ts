import { readFile } from 'node:fs/promises'
import { PARTNER_SCHEME } from '@countersign/protocol'
import { createRequestSigner } from '@countersign/sdk/signing'
import type { Context } from '../../context.js'
import { CliError, systemErrorCode } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { createInputError } from '../../push/input-error.js'
import type { SignOptions } from './command.js'
import { formatCurlCommand } from './curl-command.js'

/** `sign`: the request's canonical form, the string to sign, the headers to send. The secret stays unseen. */
export async function runSign(context: Context, options: SignOptions): Promise<ExitCode> {
  const { keyId, environment, api, baseUrl } = await context.connection()
  const { value: secret } = await context.secret()
  const url = resolveUrl(options.url, baseUrl)
  const headers = Object.fromEntries(options.headers.map(parseHeader))
  const body = options.data === undefined ? undefined : await readBody(context, options.data)
  if (body !== undefined) headers['content-type'] ??= 'application/json'
  const signer = createRequestSigner({
    keyId,
    secret,
    environment,
    api,
    clock: () => context.now().getTime(),
  })
  const { method, data } = options
  const signed = signer.sign({ method, url, headers, body })
  const { canonicalRequest, stringToSign } = signed
  const curl = formatCurlCommand({ method, url, headers, data, environment, api, keyId })
  const sent = { host: new URL(url).host, ...signed.headers }
  await context.output.result(
    {
      schema: 'partner-cli.sign/1',
      method,
      url,
      scheme: PARTNER_SCHEME.algorithm,
      canonicalRequest,
      stringToSign,
      headers: sent,
      curl,
    },
    () =>
      [
        '# canonical request',
        canonicalRequest,
        '',
        '# string to sign',
        stringToSign,
        '',
        '# headers to send (good for five minutes, and once)',
        ...Object.entries(sent).map(([name, value]) => `${name}: ${value}`),
        '',
        '# the same request with curl, which signs it anew; the secret comes from the environment',
        curl,
      ].join('\n'),
  )
  return EXIT.ok
}

function resolveUrl(given: string, baseUrl: string): string {
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

function parseHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  const name = header.slice(0, colon).trim().toLowerCase()
  if (colon > 0 && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return [name, header.slice(colon + 1).trim()]
  // Without its value: it may be a credential.
  throw usage('header_invalid', 'A header given with -H has no "name: value" form.', 'write -H "name: value"')
}

async function readBody(context: Context, data: string): Promise<Uint8Array> {
  if (!data.startsWith('@')) return Buffer.from(data, 'utf8')
  const path = data.slice(1)
  if (path === '-') {
    const chunks: Buffer[] = []
    for await (const chunk of context.stdin() as AsyncIterable<Buffer>) chunks.push(chunk)
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
