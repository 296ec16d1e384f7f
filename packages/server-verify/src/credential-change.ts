import { CredentialError } from './credential-error.js'
import type { CredentialRecord } from './credential-record.js'
import type { ChangeNote, CredentialChange, CredentialEvent } from './credential-registry.js'

/** What a change makes of a record. @throws CredentialError `credential_revoked` */
export function amendRecord(
  record: CredentialRecord,
  change: Exclude<CredentialChange, { readonly type: 'add' }>,
): CredentialRecord {
  if (change.type === 'revoke') return { ...record, state: 'revoked' }
  if (record.state === 'revoked')
    throw new CredentialError('credential_revoked', `The credential ${record.keyId} is revoked.`)
  return { ...record, notAfter: Math.min(record.notAfter ?? Number.POSITIVE_INFINITY, change.notAfter) }
}

/** The line of history of one change. */
export function createEvent(change: CredentialChange, note: ChangeNote, revision: number): CredentialEvent {
  return {
    revision,
    keyId: change.type === 'add' ? change.credential.keyId : change.keyId,
    change: change.type,
    ...note,
    ...(change.type === 'expire' ? { notAfter: change.notAfter } : {}),
  }
}

/**
 * Whether a credential may take the place of one with the same key id. The key ids of tokens and certificates follow
 * from what they bind: after a revocation the same subject or certificate can be bound anew. Every other key id is used
 * once.
 */
export function mayTakePlaceOf(existing: CredentialRecord, added: CredentialRecord): boolean {
  const isDerived = added.kind === 'access-token' || added.kind === 'client-certificate'
  return isDerived && existing.kind === added.kind && existing.state === 'revoked'
}
