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
