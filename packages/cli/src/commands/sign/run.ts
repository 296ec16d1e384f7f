import { createRequestSigner } from '@countersign/sdk/signing'
import type { Context } from '../../context.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { findHmacCredential } from '../../hmac-credential.js'
import { parseHeader, readBody, resolveUrl } from '../../request-arguments.js'
import { parseScheme } from '../../scheme-option.js'
import type { SignOptions } from './command.js'
import { formatCurlCommand } from './curl-command.js'

/** `sign`: the request's canonical form, the string to sign, the headers to send. The secret stays unseen. */
export async function runSign(context: Context, options: SignOptions): Promise<ExitCode> {
  const { keyId, secret, environment, api, baseUrl } = await findHmacCredential(context)
  const scheme = parseScheme(options.scheme)
  const url = resolveUrl(options.url, baseUrl)
  const headers = Object.fromEntries(options.headers.map(parseHeader))
  const body = options.data === undefined ? undefined : await readBody(context, options.data)
  if (body !== undefined) headers['content-type'] ??= 'application/json'
  const signer = createRequestSigner({
    keyId,
    secret,
    environment,
    api,
    scheme,
    clock: () => context.now().getTime(),
  })
  const { method, data } = options
  const signed = signer.sign({ method, url, headers, body })
  const { canonicalRequest, stringToSign } = signed
  const curl = formatCurlCommand({ method, url, headers, data, scheme, environment, api, keyId })
  const sent = { host: new URL(url).host, ...signed.headers }
  await context.output.result(
    {
      schema: 'partner-cli.sign/1',
      method,
      url,
      scheme: scheme.algorithm,
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
