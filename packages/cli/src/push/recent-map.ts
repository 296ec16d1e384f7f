const GENERATION = 500_000

/** A map that remembers the last half to one million keys, so that memory is bounded however long a file is. */
export class RecentMap<Value> {
  readonly #generation: number
  #current = new Map<string, Value>()
  #previous = new Map<string, Value>()

  constructor(generation: number = GENERATION) {
    this.#generation = generation
  }

  get(key: string): Value | undefined {
    return this.#current.get(key) ?? this.#previous.get(key)
  }

  set(key: string, value: Value): void {
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current
      this.#current = new Map()
    }
    this.#current.set(key, value)
  }
}
