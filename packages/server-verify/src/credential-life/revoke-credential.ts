import { createUnknownError } from '../credential-error.js'
import type { CredentialDescription } from '../credential-record.js'
import type { CredentialRegistry } from '../credential-registry.js'
import { createNote, type LifeOptions } from './issue-credential.js'

/** Options of {@link revokeCredential}. */
export interface RevocationOptions extends LifeOptions {
  /** Why, for the history: `leaked in a log`, `partner left`. */
  readonly reason: string
}

/**
 * Revokes a credential, for ever. Once it resolves, every process that asks the store refuses it, and those with a cache
 * do within about a second. Needs no key-encryption key. A second revocation changes nothing.
 *
 * @returns whether it was active until now
 * @throws CredentialError `credential_unknown`
 *
 * @example
 * ```ts
 * import { type CredentialRegistry, revokeCredential } from '@countersign/server-verify'
 *
 * declare const registry: CredentialRegistry
 * await revokeCredential(registry, 'acme_x8Kw2LmQ0aZr', { actor: 'alice', reason: 'leaked in a log' })
 * ```
 */
export async function revokeCredential(
  registry: CredentialRegistry,
  keyId: string,
  options: RevocationOptions,
): Promise<boolean> {
  const found: CredentialDescription | undefined = await registry.describe(keyId)
  if (found === undefined) throw createUnknownError(keyId)
  if (found.state === 'revoked') return false
  await registry.commit([{ type: 'revoke', keyId }], createNote('revoke', options))
  return true
}
