import type { HmacAuthorization } from '../authorization-header.js'
import { type CredentialScope, formatCredentialScope } from '../credential-scope.js'
import { createPayloadHash } from '../payload-hash.js'
import type { SigningScheme } from '../signing-scheme.js'
import { formatTimestamp, parseTimestamp } from '../timestamp.js'
import { cause, type DiagnosisCause } from './cause.js'
import type { DiagnosisCredential } from './recorded-request.js'
import type { Variant } from './variant.js'

/** From a canonical request to the string to sign. */
export type StringBuilder = (canonicalRequest: string) => string

interface Lines {
  readonly algorithm: string
  readonly timestamp: string
  readonly scope: string
  readonly hash: (canonicalRequest: string) => string
}

/** The right way to the string to sign first (`spec/partner-signing.md` §6), then the usual wrong ones. */
export function listStringVariants(
  scheme: SigningScheme,
  timestamp: string,
  authorization: HmacAuthorization,
  credential: DiagnosisCredential,
  rows: readonly SigningScheme[],
  dateHeader: string | undefined,
): readonly Variant<StringBuilder>[] {
  const { scope, keyId } = authorization
  const right: Lines = {
    algorithm: scheme.algorithm,
    timestamp,
    scope: formatCredentialScope(scope),
    hash: text => createPayloadHash(toBytes(text)),
  }
  const variants: Variant<StringBuilder>[] = [{ value: text => join(right, text), causes: [] }]
  const add = (reason: DiagnosisCause, change: Partial<Lines>): void => {
    const lines = { ...right, ...change }
    variants.push({ value: text => join(lines, text), causes: [reason] })
  }
  for (const wrong of [...rows.map(({ algorithm }) => algorithm), 'HMAC-SHA256'])
    if (wrong !== right.algorithm)
      add(explainLine('algorithm_label', 1, wrong, right.algorithm), { algorithm: wrong })
  for (const wrong of listTimestamps(timestamp, dateHeader))
    add(explainLine('timestamp_differs', 2, wrong, timestamp), { timestamp: wrong })
  for (const wrong of listScopes(scope, keyId, credential, rows))
    add(explainLine('scope_differs', 3, wrong, right.scope), { scope: wrong })
  add(HASH_CASE, { hash: text => right.hash(text).toUpperCase() })
  add(NOT_HASHED, { hash: text => text })
  for (const form of [
    (text: string) => `${text}\n`,
    (text: string) => text.replaceAll('\n', '\r\n'),
    (text: string) => text.replaceAll('\n', '\\n'),
    (text: string) => text.replaceAll('\n', ''),
  ]) {
    variants.push({ value: text => form(join(right, text)), causes: [FORM] })
  }
  return variants
}

function join({ algorithm, timestamp, scope, hash }: Lines, canonicalRequest: string): string {
  return `${algorithm}\n${timestamp}\n${scope}\n${hash(canonicalRequest)}`
}

function listTimestamps(timestamp: string, dateHeader: string | undefined): readonly string[] {
  const moment = parseTimestamp(timestamp)
  const iso = new Date(moment).toISOString()
  const near = [-3, -2, -1, 1, 2, 3].map(seconds => formatTimestamp(moment + seconds * 1000))
  const others = [iso, iso.replace('.000', ''), String(moment / 1000), String(moment), timestamp.slice(0, 8)]
  return [
    ...near,
    ...others,
    new Date(moment).toUTCString(),
    ...(dateHeader === undefined ? [] : [dateHeader]),
  ]
}

function listScopes(
  { date, environment, api, terminator }: CredentialScope,
  keyId: string,
  credential: DiagnosisCredential,
  rows: readonly SigningScheme[],
): readonly string[] {
  const right = `${date}/${environment}/${api}/${terminator}`
  const scopes = [
    `${keyId}/${right}`,
    `${date}/${environment}/${api}`,
    `${date}/${api}/${environment}/${terminator}`,
    ...rows.map(row => `${date}/${environment}/${api}/${row.terminator}`),
    ...['live', 'sandbox', credential.environment].map(other => `${date}/${other}/${api}/${terminator}`),
    `${date}/${environment}/${credential.api}/${terminator}`,
  ]
  return [...new Set(scopes)].filter(scope => scope !== right)
}

function explainLine(
  code: 'algorithm_label' | 'timestamp_differs' | 'scope_differs',
  line: number,
  wrong: string,
  right: string,
): DiagnosisCause {
  const hint = code === 'timestamp_differs' ? ' Take the time once per request and use it everywhere.' : ''
  return cause(code, `Line ${line} of the signer's string to sign is ${wrong}; it must be ${right}.${hint}`)
}

const HASH_CASE = cause(
  'hash_case',
  'The hash of the canonical request stands in upper-case hex in the string to sign. It must be lower case.',
)
const NOT_HASHED = cause(
  'canonical_request_not_hashed',
  'The string to sign holds the canonical request itself. Its fourth line must be the SHA-256 of the canonical request in hex.',
)
const FORM = cause(
  'string_to_sign_form',
  "The lines of the signer's string to sign are not joined by single line feeds (0x0A), or one stands at its end. In PHP and shells \"\\n\" needs double quotes or $'…'.",
)

function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, char => char.charCodeAt(0))
}
