import { ProtocolError, quoteFragment } from './errors.js'

/** What a signing key is good for (`spec/partner-signing.md` §3): one day, one environment, one API, one scheme. */
export interface CredentialScope {
  /** `yyyymmdd`, the day of the date header. */
  readonly date: string
  /** `live`, `sandbox` … (SigV4's region). */
  readonly environment: string
  /** API name, e.g. `orders` (SigV4's service). */
  readonly api: string
  /** The scheme's terminator, e.g. `partner4_request`. */
  readonly terminator: string
}

/** A Credential parameter: whose key, and its scope. */
export interface ScopedCredential {
  readonly keyId: string
  readonly scope: CredentialScope
}

const KEY_ID = /^[A-Za-z0-9_-]{8,64}$/
const SCOPE_WORD = /^[A-Za-z0-9_-]{1,64}$/
const CREDENTIAL =
  /^([A-Za-z0-9_-]{8,64})\/([0-9]{8})\/([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{1,64})\/([A-Za-z0-9_-]{1,64})$/

/**
 * Checks a key id: 8 to 64 of `A-Z a-z 0-9 _ -`, so that no signer needs to escape it.
 *
 * @throws ProtocolError `key_id_invalid`
 */
export function parseKeyId(keyId: string): string {
  if (KEY_ID.test(keyId)) return keyId
  // Not quoted: a developer who swaps key id and secret must not find the secret in a log.
  const index = keyId.search(/[^A-Za-z0-9_-]/)
  const what = index === -1 ? `has ${keyId.length} characters` : `has another character at position ${index}`
  throw new ProtocolError(
    'key_id_invalid',
    'keyId',
    `A key id must be 8 to 64 characters of A-Z a-z 0-9 _ -; this one ${what}.`,
  )
}

/** Writes a scope as `date/environment/api/terminator`. */
export function formatCredentialScope(scope: CredentialScope): string {
  return `${scope.date}/${scope.environment}/${scope.api}/${scope.terminator}`
}

/**
 * Reads `date/environment/api/terminator`.
 *
 * @throws ProtocolError `credential_scope_invalid`, naming the part
 */
export function parseCredentialScope(text: string): CredentialScope {
  const parts = text.split('/')
  if (parts.length !== 4)
    throw refuse(
      'scope',
      `The credential scope ${quoteFragment(text)} must have four parts: date/environment/api/terminator.`,
    )
  const [date, environment, api, terminator] = parts as [string, string, string, string]
  if (!/^[0-9]{8}$/.test(date))
    throw refuse('date', `The scope date ${quoteFragment(date)} must have the form yyyymmdd.`)
  for (const [part, word] of [
    ['environment', environment],
    ['api', api],
    ['terminator', terminator],
  ] as const) {
    if (!SCOPE_WORD.test(word))
      throw refuse(
        part,
        `The scope's ${part} ${quoteFragment(word)} must be 1 to 64 characters of A-Z a-z 0-9 _ -.`,
      )
  }
  return { date, environment, api, terminator }
}

/**
 * Reads a Credential parameter, `keyId/date/environment/api/terminator`, split from the right.
 *
 * @throws ProtocolError `key_id_invalid`, `credential_scope_invalid`
 *
 * @example
 * ```ts
 * import { parseCredential } from '@countersign/protocol'
 *
 * console.log(parseCredential('demo_acme_hmac/20261121/live/orders/partner4_request').keyId) // demo_acme_hmac
 * ```
 */
export function parseCredential(text: string): ScopedCredential {
  const match = CREDENTIAL.exec(text)
  if (match === null) return explain(text)
  return {
    keyId: match[1]!,
    scope: { date: match[2]!, environment: match[3]!, api: match[4]!, terminator: match[5]! },
  }
}

function explain(text: string): never {
  const parts = text.split('/')
  if (parts.length < 5)
    throw refuse(
      'Credential',
      `The Credential must be keyId/date/environment/api/terminator; this one has ${parts.length} parts.`,
    )
  const scope = parseCredentialScope(parts.slice(-4).join('/'))
  const keyId = parseKeyId(parts.slice(0, -4).join('/'))
  throw refuse(
    'Credential',
    `The Credential of key ${keyId} has an unreadable scope ${quoteFragment(formatCredentialScope(scope))}.`,
  )
}

function refuse(part: string, message: string): ProtocolError {
  return new ProtocolError('credential_scope_invalid', part, message)
}
