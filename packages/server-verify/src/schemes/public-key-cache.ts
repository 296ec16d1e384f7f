import type { HttpSignatureCredential } from '../credential.js'
import { parsePublicKey, type SigningPublicKey } from '../public-key.js'

interface CachedKey {
  // Compared so that a replaced key under the same key id never finds the old one.
  readonly pem: string
  readonly publicKey: SigningPublicKey
}

/** Public keys of credentials, ready for use, by key id. Bounded; only credentials of the store get in. */
export class PublicKeyCache {
  readonly #entries = new Map<string, CachedKey>()
  readonly #maxKeys: number

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
  }

  get size(): number {
    return this.#entries.size
  }

  /** @throws Error the store holds what is no key of the credential's algorithm: the service's fault, not the caller's */
  get({ keyId, publicKey: pem, algorithm }: HttpSignatureCredential): SigningPublicKey {
    const cached = this.#entries.get(keyId)
    if (cached?.pem === pem && cached.publicKey.algorithm === algorithm) return cached.publicKey
    const publicKey = parsePublicKey(pem)
    if (publicKey.algorithm !== algorithm)
      throw new TypeError(
        `The credential ${keyId} says ${algorithm}, its key is one for ${publicKey.algorithm}.`,
      )
    this.#entries.delete(keyId)
    this.#evictIfFull()
    this.#entries.set(keyId, { pem, publicKey })
    return publicKey
  }

  #evictIfFull(): void {
    if (this.#entries.size < this.#maxKeys) return
    const oldest = this.#entries.keys().next()
    if (oldest.done === false) this.#entries.delete(oldest.value)
  }
}
