import { parseKeyId } from '@countersign/protocol'
import type { CredentialBase } from './credential.js'
import { CredentialError } from './credential-error.js'
import type { CredentialRecord } from './credential-record.js'
import { parseIpRange } from './ip-address.js'
import type { SealedSecret } from './secret-box.js'

type Fields = Readonly<Record<string, unknown>>

const HEX_64 = /^[0-9a-f]{64}$/
const NAME = /^[A-Za-z0-9._-]{1,64}$/

const BASE_MEMBERS = [
  'kind',
  'keyId',
  'partnerId',
  'environment',
  'api',
  'scopes',
  'roles',
  'restrictedTo',
  'state',
  'notBefore',
  'notAfter',
  'ipAllowList',
  'createdAt',
  'requires',
  'certificates',
] as const
const OWN_MEMBERS: Readonly<Record<CredentialRecord['kind'], readonly string[]>> = {
  hmac: ['sealedSecret', 'secretFingerprint'],
  'http-signature': ['algorithm', 'publicKey'],
  'api-key': ['secretSha256'],
  'access-token': ['issuer', 'subject'],
  'client-certificate': ['subjectAltName'],
}
const KINDS = Object.keys(OWN_MEMBERS) as readonly CredentialRecord['kind'][]

/**
 * Reads a record of a store as strictly as if a stranger had written it. A member that is not known is refused: it may
 * be a restriction that a newer version wrote, and an older one must not act as if it were not there.
 *
 * @throws CredentialError `store_invalid`; the message names the member, never its value
 */
export function parseCredentialRecord(value: unknown): CredentialRecord {
  if (typeof value !== 'object' || value === null) throw invalid('credential', 'an object')
  const fields: Fields = Object.assign(Object.create(null), value)
  const base = parseBase(fields)
  const kind = readOneOf(fields, 'kind', KINDS)
  const known: readonly string[] = [...BASE_MEMBERS, ...OWN_MEMBERS[kind]]
  const unknown = Object.keys(fields).find(name => !known.includes(name))
  if (unknown !== undefined) throw invalid(unknown, 'known to this version')
  switch (kind) {
    case 'hmac':
      return {
        ...base,
        kind: 'hmac',
        sealedSecret: parseSealedSecret(fields['sealedSecret'], 'sealedSecret'),
        secretFingerprint: readMatch(fields, 'secretFingerprint', HEX_64),
      }
    case 'http-signature':
      return {
        ...base,
        kind: 'http-signature',
        algorithm: readOneOf(fields, 'algorithm', ['ed25519', 'ecdsa-p256-sha256']),
        publicKey: readText(fields, 'publicKey'),
      }
    case 'api-key':
      return { ...base, kind: 'api-key', secretSha256: readMatch(fields, 'secretSha256', HEX_64) }
    case 'access-token':
      return {
        ...base,
        kind: 'access-token',
        issuer: readText(fields, 'issuer'),
        subject: readText(fields, 'subject'),
      }
    case 'client-certificate':
      return { ...base, kind: 'client-certificate', ...optional(fields, 'subjectAltName', readText) }
  }
}

/** @throws CredentialError `store_invalid` */
export function parseSealedSecret(value: unknown, name: string): SealedSecret {
  if (typeof value !== 'object' || value === null) throw invalid(name, 'a sealed secret')
  const fields = value as Fields
  if (fields['version'] !== 1) throw invalid(name, 'a sealed secret of version 1')
  return {
    version: 1,
    keyEncryptionKey: readText(fields, 'keyEncryptionKey'),
    wrappedKey: readText(fields, 'wrappedKey'),
    text: readText(fields, 'text'),
  }
}

function parseBase(fields: Fields): CredentialBase {
  return {
    keyId: readKeyId(fields),
    partnerId: readMatch(fields, 'partnerId', NAME),
    environment: readMatch(fields, 'environment', NAME),
    ...optional(fields, 'api', (all, name) => readMatch(all, name, NAME)),
    scopes: readList(fields, 'scopes'),
    ...optional(fields, 'roles', readList),
    ...optional(fields, 'restrictedTo', readList),
    state: readOneOf(fields, 'state', ['active', 'revoked']),
    ...optional(fields, 'notBefore', readTime),
    ...optional(fields, 'notAfter', readTime),
    ...optional(fields, 'ipAllowList', readRanges),
    createdAt: readTime(fields, 'createdAt'),
    ...optional(fields, 'requires', readLayers),
    ...optional(fields, 'certificates', readThumbprints),
  }
}

function optional<N extends string, T>(
  fields: Fields,
  name: N,
  read: (fields: Fields, name: N) => T,
): { readonly [K in N]?: T } {
  return Object.hasOwn(fields, name) ? ({ [name]: read(fields, name) } as { [K in N]: T }) : {}
}

function readKeyId(fields: Fields): string {
  try {
    return parseKeyId(readText(fields, 'keyId'))
  } catch {
    throw invalid('keyId', 'a key id')
  }
}

function readText(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw invalid(name, 'text')
  return value
}

function readMatch(fields: Fields, name: string, form: RegExp): string {
  const value = readText(fields, name)
  if (!form.test(value)) throw invalid(name, `of the form ${form.source}`)
  return value
}

function readOneOf<const T extends string>(fields: Fields, name: string, allowed: readonly T[]): T {
  const found = allowed.find(value => value === fields[name])
  if (found === undefined) throw invalid(name, `one of ${allowed.join(', ')}`)
  return found
}

function readTime(fields: Fields, name: string): number {
  const value = fields[name]
  if (!Number.isSafeInteger(value)) throw invalid(name, 'a time in milliseconds')
  return value as number
}

function readList(fields: Fields, name: string): readonly string[] {
  const value = fields[name]
  if (!Array.isArray(value) || !value.every(item => typeof item === 'string' && item !== ''))
    throw invalid(name, 'a list of texts')
  return value
}

function readRanges(fields: Fields, name: string): readonly string[] {
  const list = readList(fields, name)
  try {
    list.forEach(parseIpRange)
  } catch {
    throw invalid(name, 'a list of addresses and CIDR ranges')
  }
  return list
}

function readLayers(fields: Fields, name: string): readonly 'client-certificate'[] {
  const list = readList(fields, name)
  if (!list.every(layer => layer === 'client-certificate')) throw invalid(name, 'a list of known layers')
  return list as readonly 'client-certificate'[]
}

function readThumbprints(fields: Fields, name: string): readonly string[] {
  const list = readList(fields, name)
  if (!list.every(item => HEX_64.test(item))) throw invalid(name, 'a list of SHA-256 thumbprints')
  return list
}

function invalid(name: string, expected: string): CredentialError {
  return new CredentialError('store_invalid', `A stored credential has a "${name}" that is not ${expected}.`)
}
