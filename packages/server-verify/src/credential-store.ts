import type { Credential } from './credential.js'

/**
 * Where credentials are found. May answer at once or later; an outage must throw, never answer `undefined`,
 * so that it becomes 503 and not "your key is bad".
 *
 * One look-up serves every kind: what has no key id of its own is found under a derived one, see
 * `tokenBindingKeyId` and `certificateKeyId`.
 */
export interface CredentialStore {
  findByKeyId(keyId: string): Credential | undefined | Promise<Credential | undefined>
}
