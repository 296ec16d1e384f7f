import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'

/**
 * Runs the command of a profile's `credential-process`, without a shell. It prints the secret and nothing else, or
 * `{ "Version": 1, "KeyId"?, "Secret" }`.
 *
 * @param keyId whom the secret must belong to, when the command says whose it is
 * @throws CliError `credential_process_invalid` (exit 2), `credential_process_failed` (exit 4); what it printed is never shown
 */
export async function runCredentialProcess(commandLine: string, keyId: string): Promise<string> {
  const [program, ...args] = splitWords(commandLine)
  if (program === undefined)
    throw new CliError('credential_process_invalid', EXIT.usage, 'credential-process names no program.', {
      next: "partner-cli configure set credential-process 'PROGRAM ARGUMENT …'",
    })
  const { secretFromProcess } = await import('@countersign/sdk')
  let text: string
  try {
    text = (await secretFromProcess(program, args)()).reveal()
  } catch (error) {
    throw new CliError(
      'credential_process_failed',
      EXIT.auth,
      error instanceof Error ? error.message : 'The program that provides the secret failed.',
      { next: `run it yourself and look at what it says: ${program}` },
    )
  }
  if (!text.startsWith('{')) return text
  const answer = parseAnswer(text)
  const secret = answer?.['Secret'] ?? answer?.['secret']
  const whose = answer?.['KeyId'] ?? answer?.['keyId']
  const fault =
    typeof secret !== 'string' || secret === ''
      ? 'printed JSON without a text "Secret"'
      : typeof whose === 'string' && whose !== keyId
        ? `gave the secret of ${whose}, not of ${keyId}`
        : undefined
  if (fault === undefined) return secret as string
  throw new CliError('credential_process_failed', EXIT.auth, `The program ${program} ${fault}.`, {
    next: 'it must print the secret alone, or { "Version": 1, "KeyId": "…", "Secret": "…" }',
  })
}

/**
 * Splits a command line as a POSIX shell would, with quotes and backslashes and nothing else of a shell.
 *
 * @throws CliError `credential_process_invalid` (exit 2)
 */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  const token = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|(.)/gs
  for (const [whole, single, double, escaped, plain, odd] of line.matchAll(token)) {
    if (odd !== undefined) {
      throw new CliError('credential_process_invalid', EXIT.usage, 'credential-process has an open quote.', {
        next: 'close it, and set it again with partner-cli configure set credential-process',
      })
    }
    const part = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain
    if (part === undefined) {
      if (/^\s/.test(whole) && word !== undefined) words.push(word)
      word = undefined
    } else word = (word ?? '') + part
  }
  if (word !== undefined) words.push(word)
  return words
}

function parseAnswer(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
