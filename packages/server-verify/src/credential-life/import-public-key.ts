import type { HttpSignatureCredential } from '../credential.js'
import { CredentialError } from '../credential-error.js'
import type { CredentialRegistry } from '../credential-registry.js'
import { type EnrolledKey, type EnrolmentProof, verifyEnrolment } from '../key-enrolment.js'
import { createNote, type LifeOptions } from './issue-credential.js'
import { assertRestrictions, type CredentialRestrictions } from './restrictions.js'
import { endOf, findReplaceable, inheritRestrictions, type RotationOptions } from './rotate-credential.js'

/**
 * Takes a partner's public key (RFC 9421) into the store, after proof that the partner holds the private key.
 *
 * @param proof see `createEnrolmentChallenge`
 * @param restrictions of the partner and environment that the challenge names
 * @throws CredentialError `public_key_invalid`, `challenge_invalid`, `challenge_expired`, `proof_invalid`,
 *   `credential_invalid`, `credential_exists`
 *
 * @example
 * ```ts
 * import { type CredentialRegistry, type EnrolmentProof, importPublicKey } from '@countersign/server-verify'
 *
 * declare const registry: CredentialRegistry
 * declare const proof: EnrolmentProof
 * const { keyId } = await importPublicKey(
 *   registry,
 *   proof,
 *   { partnerId: 'acme', environment: 'live', scopes: ['orders:status:write'] },
 *   { actor: 'alice' },
 * )
 * console.log(keyId)
 * ```
 */
export async function importPublicKey(
  registry: CredentialRegistry,
  proof: EnrolmentProof,
  restrictions: CredentialRestrictions,
  options: LifeOptions,
): Promise<HttpSignatureCredential> {
  const note = createNote('import', options)
  assertRestrictions(restrictions, note.at)
  const credential = createKeyCredential(verifyEnrolment({ ...proof, now: note.at }), restrictions, note.at)
  await registry.commit([{ type: 'add', credential }], note)
  return credential
}

/**
 * Rotates a public key: the next one gets the same rights, the old one an end. Until then both are valid.
 *
 * @throws CredentialError those of {@link importPublicKey}, `credential_unknown`, `credential_revoked`,
 *   `credential_expired`, `credential_kind`
 *
 * @example
 * ```ts
 * import { type CredentialRegistry, type EnrolmentProof, replacePublicKey } from '@countersign/server-verify'
 *
 * declare const registry: CredentialRegistry
 * declare const proof: EnrolmentProof
 * await replacePublicKey(registry, 'acme_2026_ed', proof, { actor: 'alice', overlapMs: 86_400_000 })
 * ```
 */
export async function replacePublicKey(
  registry: CredentialRegistry,
  keyId: string,
  proof: EnrolmentProof,
  options: Omit<RotationOptions, 'proof'>,
): Promise<HttpSignatureCredential> {
  const at = (options.now ?? Date.now)()
  const old = await findReplaceable(registry, keyId, at)
  if (old.kind !== 'http-signature')
    throw new CredentialError('credential_kind', `The credential ${keyId} is no public key, but ${old.kind}.`)
  const restrictions = inheritRestrictions(old, options.notAfter, at)
  const credential = createKeyCredential(verifyEnrolment({ ...proof, now: at }), restrictions, at)
  const notAfter = endOf(old, at, options.overlapMs)
  const reason = options.reason ?? `${credential.keyId} replaces ${keyId}`
  await registry.commit(
    [
      { type: 'add', credential },
      { type: 'expire', keyId, notAfter },
    ],
    createNote('rotate', { actor: options.actor, reason, now: () => at }),
  )
  return credential
}

function createKeyCredential(
  { keyId, partnerId, environment, algorithm, publicKey }: EnrolledKey,
  restrictions: CredentialRestrictions,
  now: number,
): HttpSignatureCredential {
  if (partnerId !== restrictions.partnerId || environment !== restrictions.environment)
    throw new CredentialError(
      'challenge_invalid',
      `The challenge was made for the partner ${partnerId} in ${environment}, not for ${restrictions.partnerId} in ${restrictions.environment}.`,
    )
  const rights = Object.fromEntries(Object.entries(restrictions).filter(([, value]) => value !== undefined))
  return {
    ...(rights as unknown as CredentialRestrictions),
    kind: 'http-signature',
    keyId,
    algorithm,
    publicKey,
    state: 'active',
    createdAt: now,
  }
}
