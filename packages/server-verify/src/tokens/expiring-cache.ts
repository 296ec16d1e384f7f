/** A map of bounded size whose entries end by themselves; when it is full, the one used longest ago goes. */
export class ExpiringCache<Value> {
  readonly #maxEntries: number
  readonly #entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>()

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.expiresAt <= now) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  /** @param expiresAt not good from this moment on, ms since epoch */
  set(key: string, value: Value, expiresAt: number): void {
    this.#entries.delete(key)
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    if (this.#maxEntries > 0) this.#entries.set(key, { value, expiresAt })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }
}
