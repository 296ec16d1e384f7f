import { randomBytes } from 'node:crypto'

// A slot: four words of claim id, expiry in seconds since epoch (good until 2106), owner (0: empty slot).
const WORDS = 6
const EXPIRY = 4
const OWNER = 5
/** Slots in use at most; beyond it linear probing gets slow. 24 bytes / 0.78 = 30.8 bytes a claim. */
const MAX_LOAD = 0.78
const NONE = -1

/**
 * Claims in one Uint32Array of fixed size: open addressing, linear probing, deletion by shifting back (no
 * tombstones). It never drops a claim that is alive. Owners are the numbers of `ReplayNamespaces`.
 */
export class ReplayTable {
  readonly slots: number
  readonly #words: Uint32Array
  readonly #scale: number
  // Secret: a partner could otherwise look for signatures that all fall into one place and make probing slow.
  readonly #seed: number = randomBytes(4).readInt32LE()
  readonly #onFree: (owner: number) => void
  #used = 0
  // The claim that `has` looked for last, and the places where `put` may write it.
  #w0 = 0
  #w1 = 0
  #w2 = 0
  #w3 = 0
  #cursor = 0
  #reusable = NONE
  #free = NONE

  constructor(maxEntries: number, onFree: (owner: number) => void) {
    this.slots = Math.max(Math.ceil(maxEntries / MAX_LOAD), maxEntries + 1)
    this.#words = new Uint32Array(this.slots * WORDS)
    this.#scale = this.slots / 2 ** 32
    this.#onFree = onFree
  }

  /** Slots in use: live claims and expired ones that no sweep has met yet. */
  get used(): number {
    return this.#used
  }

  /** Is there a live claim? When not, the next `put` of the same claim knows where to go. */
  has(id: Uint8Array, owner: number, nowSeconds: number): boolean {
    const words = this.#words
    const w0 = readWord(id, 0)
    const w1 = readWord(id, 4)
    const w2 = readWord(id, 8)
    const w3 = readWord(id, 12)
    this.#w0 = w0
    this.#w1 = w1
    this.#w2 = w2
    this.#w3 = w3
    this.#reusable = NONE
    let at = this.#home(w0 ^ w2, w1 ^ w3) * WORDS
    while (words[at + OWNER] !== 0) {
      const live = words[at + EXPIRY]! > nowSeconds
      if (live) {
        if (
          words[at] === w0 &&
          words[at + 1] === w1 &&
          words[at + 2] === w2 &&
          words[at + 3] === w3 &&
          words[at + OWNER] === owner
        )
          return true
      } else if (this.#reusable === NONE) this.#reusable = at
      at += WORDS
      if (at === words.length) at = 0
    }
    this.#free = at
    return false
  }

  /** Writes the claim that the last `has` did not find. Nothing may happen in between. */
  put(owner: number, expirySeconds: number): void {
    const words = this.#words
    const at = this.#reusable === NONE ? this.#free : this.#reusable
    if (words[at + OWNER] === 0) this.#used++
    else this.#onFree(words[at + OWNER]!)
    words[at] = this.#w0
    words[at + 1] = this.#w1
    words[at + 2] = this.#w2
    words[at + 3] = this.#w3
    words[at + EXPIRY] = expirySeconds
    words[at + OWNER] = owner
  }

  /** Looks at the next `count` slots and removes what has expired: the whole table, a little at a time. */
  sweep(count: number, nowSeconds: number): void {
    const words = this.#words
    let at = this.#cursor
    for (let left = Math.min(count, this.slots); left > 0; left--) {
      // After a removal another claim may stand here: look again.
      while (words[at + OWNER] !== 0 && words[at + EXPIRY]! <= nowSeconds) this.#remove(at)
      at += WORDS
      if (at === words.length) at = 0
    }
    this.#cursor = at
  }

  #remove(hole: number): void {
    const words = this.#words
    this.#onFree(words[hole + OWNER]!)
    this.#used--
    let gap = hole
    let at = hole
    for (;;) {
      at += WORDS
      if (at === words.length) at = 0
      if (words[at + OWNER] === 0) break
      const home = this.#home(words[at]! ^ words[at + 2]!, words[at + 1]! ^ words[at + 3]!) * WORDS
      // Its way from home to here does not cross the gap: it must stay.
      const stays = gap <= at ? gap < home && home <= at : gap < home || home <= at
      if (stays) continue
      words.copyWithin(gap, at, at + WORDS)
      gap = at
    }
    words[gap + OWNER] = 0
  }

  #home(even: number, odd: number): number {
    let hash = Math.imul(even ^ this.#seed, 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 15) ^ odd, 0xc2b2ae35)
    return Math.floor(((hash ^ (hash >>> 16)) >>> 0) * this.#scale)
  }
}

function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
