import { InvalidArgumentError } from 'commander'
import { CommandError } from './command-error.js'
import { EXIT } from './exit-code.js'
import { present, type World } from './world.js'

/** @throws InvalidArgumentError */
export function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isUrl = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === undefined || !isUrl || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new InvalidArgumentError('It must be an http or https URL without user, query and fragment.')
  return url.href.replace(/\/$/, '')
}

/** Where the partner sends its requests: part of the document. @throws CommandError `usage` */
export function findBaseUrl(env: World['env'], flag: string | undefined): string {
  const baseUrl = flag ?? present(env['COUNTERSIGN_BASE_URL'])
  try {
    if (baseUrl !== undefined) return checkBaseUrl(baseUrl)
  } catch (error) {
    throw new CommandError('usage', EXIT.usage, `COUNTERSIGN_BASE_URL: ${(error as Error).message}`)
  }
  throw new CommandError('usage', EXIT.usage, 'Where the partner sends its requests was not said.', {
    next: 'give --base-url https://api.example.com, or set COUNTERSIGN_BASE_URL',
  })
}
