import type { CredentialBase } from '../credential.js'
import type { CredentialFilter } from '../credential-registry.js'

export function matchesFilter(credential: CredentialBase, filter: CredentialFilter): boolean {
  return (['partnerId', 'environment', 'state'] as const).every(
    name => filter[name] === undefined || filter[name] === credential[name],
  )
}

/** By partner, then oldest first, then key id. */
export function compareByPartner(a: CredentialBase, b: CredentialBase): number {
  if (a.partnerId !== b.partnerId) return a.partnerId < b.partnerId ? -1 : 1
  if (a.createdAt !== b.createdAt) return a.createdAt - b.createdAt
  return a.keyId < b.keyId ? -1 : 1
}
