import type { ReplayClaim } from '../replay-guard.js'
import { ReplayNamespaces } from './replay-namespaces.js'
import { ReplayTable } from './replay-table.js'

const SWEEP_SLOTS = 8

/**
 * Claims that this process knows to be used, in a table of fixed size in front of a shared store. It answers "used" for
 * certain and "not used" never: what does not fit is left out.
 */
export class KnownClaims {
  readonly #namespaces = new ReplayNamespaces()
  readonly #table: ReplayTable
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 1 || maxEntries > 100_000_000)
      throw new RangeError('localEntries must be an integer of 1 to 100,000,000.')
    this.#maxEntries = maxEntries
    this.#table = new ReplayTable(maxEntries, owner => this.#namespaces.release(owner))
  }

  get size(): number {
    return this.#table.used
  }

  has({ partnerId, keyId, id }: ReplayClaim, nowSeconds: number): boolean {
    const owner = this.#namespaces.find(partnerId, keyId)
    return owner !== undefined && this.#table.has(id, owner.number, nowSeconds)
  }

  note({ partnerId, keyId, id, expiresAt }: ReplayClaim, nowSeconds: number): void {
    this.#table.sweep(SWEEP_SLOTS, nowSeconds)
    if (this.#table.used >= this.#maxEntries) return
    const owner = this.#namespaces.find(partnerId, keyId)
    if (this.#table.has(id, owner?.number ?? 0, nowSeconds)) return
    this.#table.put(this.#namespaces.retain(owner, partnerId, keyId), Math.ceil(expiresAt / 1000))
  }
}
