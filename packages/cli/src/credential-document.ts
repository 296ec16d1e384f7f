import { AUTH_KINDS, type AuthKind } from './auth-kind.js'
import { parseBaseUrl } from './base-url.js'
import { CliError } from './errors.js'
import { EXIT } from './exit-code.js'
import type { StoredProfile } from './settings.js'

const KEY_ID = /^[A-Za-z0-9_-]{8,64}$/
const SCOPE_PART = /^[A-Za-z0-9._-]{1,64}$/

/** A credential as a platform issues it, taken apart. */
export interface CredentialDocument {
  /** For messages: a path, or `standard input`. */
  readonly source: string
  /** What is not secret. */
  readonly profile: StoredProfile & { readonly auth: AuthKind }
  /** None when a client certificate is all there is. */
  readonly secret: string | undefined
  /** PEM. */
  readonly clientCertificate: { readonly certificate: string; readonly key: string } | undefined
}

/**
 * Reads what a platform issues (`server-verify issue`) and what the sandbox writes: `{ url | baseUrl, environment, api,
 * partner?, hmac?, apiKey?, httpSignature?, oauth?, clientCertificate? }`.
 *
 * @param use which of several credentials; default: the first of hmac, api-key, http-signature, oauth that is there
 * @throws CliError `credential_invalid`, `base_url_invalid` (exit 2); no message quotes the text
 */
export async function parseCredentialDocument(
  text: string,
  source: string,
  use?: AuthKind | undefined,
): Promise<CredentialDocument> {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    // The parser's own message may quote the text, and with it the secret.
    throw invalid(source, 'is no JSON')
  }
  if (!isObject(value)) throw invalid(source, 'is no JSON object')
  const document = value
  const kinds = AUTH_KINDS.filter(kind => document[MEMBERS[kind]] !== undefined)
  const kind = use ?? kinds[0]
  if (kind === undefined) throw invalid(source, 'has none of the members hmac, apiKey, httpSignature, oauth')
  if (!kinds.includes(kind)) {
    throw invalid(source, `has no member ${MEMBERS[kind]}; there is ${kinds.join(', ') || 'none'}`)
  }
  const environment = readText(document, 'environment', source)
  const api = readText(document, 'api', source)
  if (!SCOPE_PART.test(environment) || !SCOPE_PART.test(api)) {
    throw invalid(source, 'has an "environment" or "api" that is no name')
  }
  const baseUrl = parseBaseUrl(readText(document, 'baseUrl' in document ? 'baseUrl' : 'url', source))
  const { partner } = document
  const own = await READERS[kind](document[MEMBERS[kind]], source)
  return {
    source,
    profile: {
      baseUrl,
      environment,
      api,
      ...(typeof partner === 'string' && partner !== '' ? { partner } : {}),
      ...own.profile,
      auth: kind,
    },
    secret: own.secret,
    clientCertificate: readCertificate(document['clientCertificate'], source),
  }
}

const MEMBERS: Readonly<Record<AuthKind, string>> = {
  hmac: 'hmac',
  'api-key': 'apiKey',
  'http-signature': 'httpSignature',
  oauth: 'oauth',
}

interface Own {
  readonly profile: StoredProfile
  readonly secret: string | undefined
}

const READERS: Readonly<Record<AuthKind, (member: unknown, source: string) => Own | Promise<Own>>> = {
  hmac: (member, source) => {
    if (!isObject(member)) throw invalid(source, 'has a member "hmac" without keyId and secret')
    const secret = readText(member, 'secret', source, 'hmac.secret')
    if (/[\r\n]/.test(secret)) throw invalid(source, 'has an "hmac.secret" of more than one line')
    return { profile: { keyId: readKeyId(member, source, 'hmac.keyId') }, secret }
  },
  'api-key': async (member, source) => {
    if (typeof member !== 'string') throw invalid(source, 'has an "apiKey" that is no text')
    return { profile: { keyId: await readApiKeyId(member, source) }, secret: member }
  },
  'http-signature': (member, source) => {
    if (!isObject(member)) throw invalid(source, 'has a member "httpSignature" that is no object')
    const keyId = readKeyId(member, source, 'httpSignature.keyId')
    const { privateKeyPem } = member
    // Who made the key pair has the key already, and the platform never saw it.
    return { profile: { keyId }, secret: typeof privateKeyPem === 'string' ? privateKeyPem : undefined }
  },
  oauth: (member, source) => {
    if (!isObject(member)) throw invalid(source, 'has a member "oauth" that is no object')
    const { clientSecret, privateKeyPem, scope, audience, issuer, tokenEndpoint } = member
    const texts = { scope, audience, issuer, tokenEndpoint }
    const profile = Object.fromEntries(
      Object.entries(texts).filter(([, text]) => typeof text === 'string' && text !== ''),
    ) as StoredProfile
    if (profile.issuer === undefined && profile.tokenEndpoint === undefined) {
      throw invalid(source, 'has neither "oauth.issuer" nor "oauth.tokenEndpoint"')
    }
    const clientId = readText(member, 'clientId', source, 'oauth.clientId')
    const method = member['clientAuthentication']
    const isKey = typeof privateKeyPem === 'string' && typeof clientSecret !== 'string'
    const clientAuthentication =
      typeof method === 'string' ? method : isKey ? 'private_key_jwt' : 'client_secret_basic'
    const secret = isKey ? privateKeyPem : clientSecret
    return {
      profile: { clientId, clientAuthentication, ...profile },
      secret: typeof secret === 'string' ? secret : undefined,
    }
  },
}

/** The key id inside an API key. @throws CliError `credential_invalid` (exit 2), without the key */
export async function readApiKeyId(apiKey: string, source: string): Promise<string> {
  const { ApiKeyError, parseApiKey } = await import('@countersign/protocol')
  try {
    return parseApiKey(apiKey).keyId
  } catch (error) {
    if (error instanceof ApiKeyError)
      throw invalid(source, `holds an API key that is none: ${error.message.replace(/\.$/, '')}`)
    throw error
  }
}

function readCertificate(member: unknown, source: string): CredentialDocument['clientCertificate'] {
  if (!isObject(member)) return undefined
  return {
    certificate: readText(member, 'certificatePem', source, 'clientCertificate.certificatePem'),
    key: readText(member, 'privateKeyPem', source, 'clientCertificate.privateKeyPem'),
  }
}

function readKeyId(member: Record<string, unknown>, source: string, shown: string): string {
  const keyId = readText(member, 'keyId', source, shown)
  if (KEY_ID.test(keyId)) return keyId
  throw invalid(source, `has an "${shown}" that is no key id (8 to 64 of A-Z a-z 0-9 _ -)`)
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
