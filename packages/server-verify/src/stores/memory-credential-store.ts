import { createHash } from 'node:crypto'
import { parseKeyId } from '@countersign/protocol'
import type { Credential, HmacCredential } from '../credential.js'
import type { CredentialStore } from '../credential-store.js'

/** A store in the process's memory. */
export interface MemoryCredentialStore extends CredentialStore {
  /** @throws TypeError for a key id or secret that the store has already, ProtocolError `key_id_invalid` */
  add(credential: Credential): void
  /** Takes effect with the next request. @returns whether the key id was known */
  revoke(keyId: string): boolean
  findByKeyId(keyId: string): Credential | undefined
}

/**
 * Makes a store in memory. It refuses one secret under two key ids: a signature would then fit both.
 *
 * @example
 * ```ts
 * import { createMemoryCredentialStore } from '@countersign/server-verify'
 *
 * const credentials = createMemoryCredentialStore()
 * credentials.add({
 *   kind: 'hmac',
 *   keyId: 'acme_2026_a',
 *   partnerId: 'acme',
 *   environment: 'sandbox',
 *   secret: 'from a secret store, 32 random bytes or more',
 *   scopes: ['orders:status:write'],
 *   state: 'active',
 *   createdAt: Date.now(),
 * })
 * console.log(credentials.revoke('acme_2026_a')) // true
 * ```
 */
export function createMemoryCredentialStore(initial: Iterable<Credential> = []): MemoryCredentialStore {
  const byKeyId = new Map<string, Credential>()
  const secretFingerprints = new Set<string>()
  const takeSecret = ({ keyId, secret }: HmacCredential): void => {
    if (secret === '') throw new TypeError(`The credential ${keyId} has an empty secret.`)
    const fingerprint = createHash('sha256').update(secret, 'utf8').digest('base64')
    if (secretFingerprints.has(fingerprint))
      throw new TypeError(
        `The secret of ${keyId} belongs to another key id already. Issue a secret of its own.`,
      )
    secretFingerprints.add(fingerprint)
  }
  const store: MemoryCredentialStore = {
    add(credential) {
      const keyId = parseKeyId(credential.keyId)
      if (byKeyId.has(keyId)) throw new TypeError(`The key id ${keyId} is already in the store.`)
      if (credential.kind === 'hmac') takeSecret(credential)
      byKeyId.set(keyId, Object.freeze({ ...credential }))
    },
    revoke(keyId) {
      const credential = byKeyId.get(keyId)
      if (credential === undefined) return false
      byKeyId.set(keyId, Object.freeze({ ...credential, state: 'revoked' }))
      return true
    },
    findByKeyId: keyId => byKeyId.get(keyId),
  }
  for (const credential of initial) store.add(credential)
  return store
}
