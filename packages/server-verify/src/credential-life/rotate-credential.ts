import { CredentialError, createUnknownError } from '../credential-error.js'
import { type CredentialDescription, describeCredential } from '../credential-record.js'
import type { CredentialRegistry } from '../credential-registry.js'
import { createNote, type IssuedCredential, type LifeOptions } from './issue-credential.js'
import { type CredentialProof, createCredential } from './new-credential.js'
import { assertRestrictions, type CredentialRestrictions } from './restrictions.js'

/** Options of {@link rotateCredential}. */
export interface RotationOptions extends LifeOptions {
  /** How long the old one goes on, ms; default 7 days. 0 ends it at once. */
  readonly overlapMs?: number | undefined
  /** When the new one ends, ms since epoch; `never`. Has to be said when the old one has an end. */
  readonly notAfter?: number | 'never' | undefined
  /** The new certificate of a client certificate. Every other kind needs nothing. */
  readonly proof?: CredentialProof | undefined
}

/** The new credential, and until when the old one goes on. */
export interface RotatedCredential extends IssuedCredential {
  readonly replaces: string
  /** ms since epoch */
  readonly oldNotAfter: number
}

const DEFAULT_OVERLAP_MS = 7 * 86_400_000

/**
 * Issues a successor with the same rights, and gives the old credential an end: until then both are valid, so that the
 * partner can change over without a gap. Both happen, or neither.
 *
 * @throws CredentialError `credential_unknown`, `credential_revoked`, `credential_expired`, `credential_kind` (a public
 *   key is imported, a token is bound by its subject), `credential_invalid` (no `notAfter` although the old one has)
 *
 * @example
 * ```ts
 * import { type CredentialRegistry, rotateCredential } from '@countersign/server-verify'
 *
 * declare const registry: CredentialRegistry
 * const { credential, oldNotAfter } = await rotateCredential(registry, 'acme_x8Kw2LmQ0aZr', { actor: 'alice' })
 * console.log(credential.keyId, new Date(oldNotAfter).toISOString())
 * ```
 */
export async function rotateCredential(
  registry: CredentialRegistry,
  keyId: string,
  options: RotationOptions,
): Promise<RotatedCredential> {
  const at = (options.now ?? Date.now)()
  const old = await findReplaceable(registry, keyId, at)
  const restrictions = inheritRestrictions(old, options.notAfter, at)
  const { credential, secret } = createCredential(restrictions, chooseProof(old, options.proof), at)
  const oldNotAfter = endOf(old, at, options.overlapMs)
  const reason = options.reason ?? `${credential.keyId} replaces ${keyId}`
  await registry.commit(
    [
      { type: 'add', credential },
      { type: 'expire', keyId, notAfter: oldNotAfter },
    ],
    createNote('rotate', { actor: options.actor, reason, now: () => at }),
  )
  return { credential: describeCredential(credential), secret, replaces: keyId, oldNotAfter }
}

/**
 * The credential that is to be replaced.
 *
 * @internal
 * @throws CredentialError `credential_unknown`, `credential_revoked`, `credential_expired`
 */
export async function findReplaceable(
  registry: CredentialRegistry,
  keyId: string,
  now: number,
): Promise<CredentialDescription> {
  const old = await registry.describe(keyId)
  if (old === undefined) throw createUnknownError(keyId)
  if (old.state === 'revoked')
    throw new CredentialError('credential_revoked', `The credential ${keyId} is revoked. Issue a new one.`)
  if (old.notAfter !== undefined && !(now < old.notAfter))
    throw new CredentialError('credential_expired', `The credential ${keyId} has ended. Issue a new one.`)
  return old
}

/**
 * What the successor may do: the same. Its end is never guessed: one that is dropped in silence would be a restriction
 * lost, and the old one's end may be near.
 *
 * @internal
 * @throws CredentialError `credential_invalid`
 */
export function inheritRestrictions(
  old: CredentialDescription,
  notAfter: number | 'never' | undefined,
  now: number,
): CredentialRestrictions {
  if (old.notAfter !== undefined && notAfter === undefined)
    throw new CredentialError(
      'credential_invalid',
      `The credential ${old.keyId} has an end (${new Date(old.notAfter).toISOString()}): say when the new one ends.`,
    )
  const { partnerId, environment, api, scopes, roles, restrictedTo, ipAllowList, requires } = old
  const restrictions: CredentialRestrictions = {
    partnerId,
    environment,
    scopes,
    api,
    roles,
    restrictedTo,
    ipAllowList,
    requires,
    notBefore: old.notBefore,
    notAfter: notAfter === 'never' ? undefined : notAfter,
    // Of a client certificate they are what is being replaced.
    certificates: old.kind === 'client-certificate' ? undefined : old.certificates,
  }
  assertRestrictions(restrictions, now)
  return restrictions
}

/** @internal @throws CredentialError `credential_invalid` */
export function endOf(
  old: CredentialDescription,
  now: number,
  overlapMs: number = DEFAULT_OVERLAP_MS,
): number {
  if (!Number.isSafeInteger(overlapMs) || overlapMs < 0)
    throw new CredentialError('credential_invalid', 'The overlap must be 0 or more milliseconds.')
  return Math.min(old.notAfter ?? Number.POSITIVE_INFINITY, now + overlapMs)
}

function chooseProof(old: CredentialDescription, proof: CredentialProof | undefined): CredentialProof {
  if (old.kind === 'hmac' || old.kind === 'api-key') return { kind: old.kind }
  if (old.kind === 'client-certificate' && proof?.kind === 'client-certificate') return proof
  throw new CredentialError('credential_kind', `${ROTATION_HINTS[old.kind]}`)
}

const ROTATION_HINTS = {
  'http-signature': 'A public key is rotated by importing the next one in its place.',
  'access-token': 'A token is bound by its subject and has nothing to rotate here.',
  'client-certificate': 'A client certificate is rotated by giving the next one.',
} as const
