import type { Readable } from 'node:stream'
import type { Context } from '../../context.js'
import { present } from '../../directories.js'
import { CliError } from '../../errors.js'
import { EXIT, type ExitCode } from '../../exit-code.js'
import { readPrivateFile } from '../../private-file.js'
import { parseBaseUrl, parseProfileName } from '../../profile.js'
import { saveSecret } from '../../secrets.js'
import { type StoredProfile, saveProfile } from '../../settings.js'
import type { ImportOptions } from './command.js'

const MAX_BYTES = 64 * 1024
const KEY_ID = /^[A-Za-z0-9_-]{8,64}$/
const SCOPE_PART = /^[A-Za-z0-9._-]{1,64}$/

/** `auth import`: the secret into a file of its own, everything else into the settings. */
export async function runImport(context: Context, { file }: ImportOptions): Promise<ExitCode> {
  const text =
    file === '-' ? await readAll(context.stdin()) : await readPrivateFile(file, 'The credential file')
  const { profile, secret } = parseCredential(text, file === '-' ? 'standard input' : file)
  const name = parseProfileName(context.flags.profile ?? present(context.env['PARTNER_PROFILE']) ?? 'default')
  // The secret first: a profile without its secret would be the worse half.
  const secretFile = await saveSecret(context.configDirectory, name, secret)
  const settings = await saveProfile(context.configDirectory, name, profile)
  const isCurrent = settings.currentProfile === name
  const { baseUrl, environment, api, keyId, partner } = profile
  await context.output.result(
    {
      schema: 'partner-cli.auth-import/1',
      profile: name,
      isCurrent,
      baseUrl,
      environment,
      api,
      partner: partner ?? null,
      keyId,
      settingsFile: settings.path,
      secretFile,
    },
    () =>
      [
        `Stored profile ${name}${isCurrent ? '' : ' (use it with --profile)'}: key ${keyId} for ${api} in ${environment} at ${baseUrl}`,
        `The secret is in ${secretFile} (0600), the rest in ${settings.path}`,
        `Next: partner-cli doctor${isCurrent ? '' : ` --profile ${name}`}`,
      ].join('\n'),
  )
  return EXIT.ok
}

/** Reads what a platform issues and what the sandbox writes: `{ url | baseUrl, environment, api, partner?, hmac: { keyId, secret } }`. */
function parseCredential(text: string, source: string): { profile: StoredProfile; secret: string } {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    // The parser's own message may quote the text, and with it the secret.
    throw invalid(source, 'is no JSON')
  }
  if (!isObject(value)) throw invalid(source, 'is no JSON object')
  const hmac = value['hmac']
  if (!isObject(hmac)) throw invalid(source, 'has no member "hmac" with keyId and secret')
  const keyId = readText(hmac, 'keyId', source, 'hmac.keyId')
  if (!KEY_ID.test(keyId))
    throw invalid(source, 'has an "hmac.keyId" that is no key id (8 to 64 of A-Z a-z 0-9 _ -)')
  const secret = readText(hmac, 'secret', source, 'hmac.secret')
  if (/[\r\n]/.test(secret)) throw invalid(source, 'has an "hmac.secret" of more than one line')
  const environment = readText(value, 'environment', source)
  const api = readText(value, 'api', source)
  if (!SCOPE_PART.test(environment) || !SCOPE_PART.test(api)) {
    throw invalid(source, 'has an "environment" or "api" that is no name')
  }
  const baseUrl = parseBaseUrl(readText(value, 'baseUrl' in value ? 'baseUrl' : 'url', source))
  const { partner } = value
  return {
    profile: {
      baseUrl,
      environment,
      api,
      keyId,
      ...(typeof partner === 'string' && partner !== '' ? { partner } : {}),
    },
    secret,
  }
}

function readText(
  object: Record<string, unknown>,
  name: string,
  source: string,
  shown: string = name,
): string {
  const value = object[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(source, `has no text "${shown}"`)
}

async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    if ((size += chunk.length) > MAX_BYTES) throw invalid('standard input', 'is larger than 64 KiB')
  }
  return Buffer.concat(chunks).toString('utf8')
}

function invalid(source: string, fault: string): CliError {
  return new CliError(
    'credential_invalid',
    EXIT.usage,
    `The credential in ${source} cannot be used: it ${fault}.`,
    {
      next: 'give the JSON file that the platform issued: { baseUrl, environment, api, hmac: { keyId, secret } }',
    },
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
