import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'

/**
 * @throws CliError `base_url_invalid` (exit 2)
 */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const fault =
    url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')
      ? 'is no http or https URL'
      : url.username !== '' || url.password !== ''
        ? 'holds a user name or password'
        : url.search !== '' || url.hash !== ''
          ? 'holds a query or fragment'
          : undefined
  if (url !== undefined && fault === undefined) return url.href.replace(/\/$/, '')
  throw new CliError('base_url_invalid', EXIT.usage, `The base URL ${fault}.`, {
    next: 'give it as https://api.example.com',
  })
}
