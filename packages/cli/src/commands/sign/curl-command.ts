import type { SigningScheme } from '@countersign/protocol'
import { quoteForShell } from '../../private-file.js'

/** What the curl line has to say. */
export interface CurlRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** As with curl: text, `@FILE` or `@-`. */
  readonly data: string | undefined
  readonly scheme: SigningScheme
  readonly environment: string
  readonly api: string
  readonly keyId: string
}

/**
 * The same request for curl 7.86 or newer, which signs it itself (`spec/partner-signing.md` §12). The secret is read from
 * `PARTNER_SECRET` by the shell, so that the line can be shown and stored.
 */
export function formatCurlCommand({
  method,
  url,
  headers,
  data,
  scheme,
  environment,
  api,
  keyId,
}: CurlRequest): string {
  // `x-amz-` → `amz`: curl takes the word in the header names as its second label.
  const headerLabel = scheme.headerPrefix.slice(2, -1)
  const words = [
    'curl',
    '--aws-sigv4',
    `"${scheme.label}:${headerLabel}:${environment}:${api}"`,
    '-u',
    `"${keyId}:$PARTNER_SECRET"`,
  ]
  if (method === 'HEAD') words.push('--head')
  else if (method !== (data === undefined ? 'GET' : 'POST')) words.push('-X', quoteForShell(method))
  for (const [name, value] of Object.entries(headers)) words.push('-H', quoteForShell(`${name}: ${value}`))
  if (data !== undefined) words.push('--data-binary', quoteForShell(data))
  words.push(quoteForShell(url))
  return words.join(' ')
}
