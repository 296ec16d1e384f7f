import type { SigningKey } from '@countersign/protocol'

interface CachedKey {
  readonly algorithm: string
  readonly date: string
  // Compared so that a rotated secret under the same key id never finds the old key.
  readonly secret: string
  readonly key: SigningKey
}

// Two scheme rows on either side of midnight.
const KEYS_PER_CREDENTIAL = 4

/**
 * Derived signing keys by key id. Bounded; filled only after a MAC was verified, for fresh dates, so that nothing a
 * stranger sends can fill it or push a key out.
 */
export class SigningKeyCache {
  readonly #entries = new Map<string, CachedKey[]>()
  readonly #maxKeyIds: number

  constructor(maxKeyIds: number) {
    this.#maxKeyIds = maxKeyIds
  }

  get size(): number {
    return this.#entries.size
  }

  find(keyId: string, algorithm: string, date: string, secret: string): SigningKey | undefined {
    const keys = this.#entries.get(keyId)
    if (keys === undefined) return undefined
    for (const entry of keys) {
      if (entry.date === date && entry.algorithm === algorithm && entry.secret === secret) return entry.key
    }
    return undefined
  }

  keep(keyId: string, algorithm: string, date: string, secret: string, key: SigningKey): void {
    let keys = this.#entries.get(keyId)
    if (keys === undefined) {
      this.#evictIfFull()
      keys = []
      this.#entries.set(keyId, keys)
    }
    if (keys.length === KEYS_PER_CREDENTIAL) keys.shift()
    keys.push({ algorithm, date, secret, key })
  }

  #evictIfFull(): void {
    if (this.#entries.size < this.#maxKeyIds) return
    const oldest = this.#entries.keys().next()
    if (oldest.done === false) this.#entries.delete(oldest.value)
  }
}
