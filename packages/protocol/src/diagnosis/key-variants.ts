import { createHmacKey, hmacBytes, hmacHex } from '#sha256'
import type { CredentialScope } from '../credential-scope.js'
import type { SigningKey } from '../signing-key.js'
import type { SigningScheme } from '../signing-scheme.js'
import { cause, type DiagnosisCause } from './cause.js'
import type { DiagnosisCredential } from './recorded-request.js'
import { listSecretVariants } from './secret-variants.js'
import type { Variant } from './variant.js'

/** How a signing key is made from a secret. */
interface Derivation {
  readonly prefix: string
  readonly parts: readonly string[]
  /** `hex`: each step's key is the hex text of the one before. `none`: prefix and secret are the key. */
  readonly chain: 'bytes' | 'hex' | 'none'
}

const utf8 = new TextEncoder()

/**
 * The right signing key first, then those of the usual mistakes: in the secret, in the derivation, in both.
 *
 * @param rows all rows of the scheme table that a signer may have mixed up with `scheme`
 */
export function listKeyVariants(
  scheme: SigningScheme,
  scope: CredentialScope,
  credential: DiagnosisCredential,
  rows: readonly SigningScheme[],
): readonly Variant<SigningKey>[] {
  const derivations = listDerivations(scheme, scope, credential, rows)
  return listSecretVariants(credential.secret, credential.keyId).flatMap(secret =>
    derivations.map(derivation => ({
      value: derive(derivation.value, secret.value),
      causes: [...secret.causes, ...derivation.causes],
    })),
  )
}

function listDerivations(
  { secretPrefix, label, terminator }: SigningScheme,
  { date, environment, api }: CredentialScope,
  credential: DiagnosisCredential,
  rows: readonly SigningScheme[],
): readonly Variant<Derivation>[] {
  const right: Derivation = {
    prefix: secretPrefix,
    parts: [date, environment, api, terminator],
    chain: 'bytes',
  }
  const variants: Variant<Derivation>[] = [{ value: right, causes: [] }]
  const add = (reason: DiagnosisCause, change: Partial<Derivation>): void => {
    variants.push({ value: { ...right, ...change }, causes: [reason] })
  }
  for (const other of rows) {
    if (other.label === label) continue
    const reason = explainLabel(`${other.secretPrefix}" and "${other.terminator}`, secretPrefix, terminator)
    add(reason, { prefix: other.secretPrefix })
    add(reason, { parts: [date, environment, api, other.terminator] })
    add(reason, { prefix: other.secretPrefix, parts: [date, environment, api, other.terminator] })
  }
  add(explainLabel('', secretPrefix, terminator), { prefix: '' })
  for (const other of new Set(['live', 'sandbox', credential.environment])) {
    if (other !== environment)
      add(explainScope('environment', other, environment), { parts: [date, other, api, terminator] })
  }
  if (credential.api !== api)
    add(explainScope('API', credential.api, api), { parts: [date, environment, credential.api, terminator] })
  for (const days of [-1, 1]) {
    const day = shiftDay(date, days)
    const reason = cause(
      'key_date',
      `The signing key was derived for the day ${day}, but the scope says ${date}. Take the day from the date header, in UTC, and derive a new key each day.`,
    )
    add(reason, { parts: [day, environment, api, terminator] })
  }
  add(ORDER, { parts: [date, api, environment, terminator] })
  add(HEX, { chain: 'hex' })
  for (const prefix of [secretPrefix, '']) add(NOT_DERIVED, { prefix, chain: 'none' })
  return variants
}

function derive({ prefix, parts, chain }: Derivation, secret: Uint8Array): SigningKey {
  const start = utf8.encode(prefix)
  let key: Uint8Array = new Uint8Array(start.length + secret.length)
  key.set(start)
  key.set(secret, start.length)
  if (chain === 'none') return { hmac: createHmacKey(key) }
  for (const part of parts) {
    const hmac = createHmacKey(key)
    key = chain === 'hex' ? utf8.encode(hmacHex(hmac, part)) : new Uint8Array(hmacBytes(hmac, part))
  }
  return { hmac: createHmacKey(key) }
}

function explainLabel(used: string, prefix: string, terminator: string): DiagnosisCause {
  const what = used === '' ? 'without a label before the secret' : `with labels of another row ("${used}")`
  return cause(
    'key_label',
    `The signing key was derived ${what}. It must begin with "${prefix}" directly before the secret and end with "${terminator}".`,
  )
}

function explainScope(part: string, used: string, said: string): DiagnosisCause {
  return cause(
    'key_scope',
    `The signing key was derived for the ${part} ${used}, but the scope in Authorization says ${said}. Use one value in both.`,
  )
}

const ORDER = cause(
  'key_order',
  'The signing key was derived with API and environment in the wrong order: date, environment, API, terminator.',
)
const HEX = cause(
  'key_hex',
  'The steps of the key derivation passed on hex text. Each result is 32 raw bytes and is the key of the next step (PHP: hash_hmac with true; openssl: -macopt hexkey).',
)
const NOT_DERIVED = cause(
  'key_not_derived',
  'The string to sign was signed with the secret itself. Derive the signing key first: date, environment, API, terminator.',
)

function shiftDay(date: string, days: number): string {
  const day = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)) + days)
  return new Date(day).toISOString().slice(0, 10).replaceAll('-', '')
}
