import { randomBytes } from 'node:crypto'
import type { IpAddress } from './ip-address.js'

const WAYS = 4
const TAG = 0
const WINDOW = 1
const COUNT = 2
const WORDS = 3

// The two highest bits of a count: an authenticated request came from the address in this window, in the one before.
const KNOWN_NOW = 0x8000_0000
const NUMBER = 0x3fff_ffff

/**
 * Counts by client address (IPv6: by /64) and window of time, in a table of fixed size: 12 bytes an address. Four ways
 * a set: when a set is full the lowest count gives way, so that a flood from many addresses cannot make one address
 * pay for another.
 */
export class AddressTable {
  readonly #table: Uint32Array
  readonly #sets: number
  readonly #windowSeconds: number
  // Secret, so that nobody can choose addresses that fall into one set.
  readonly #seed: number = randomBytes(4).readUInt32LE()

  constructor(addresses: number, windowSeconds: number) {
    this.#sets = Math.max(1, Math.ceil(addresses / WAYS))
    this.#table = new Uint32Array(this.#sets * WAYS * WORDS)
    this.#windowSeconds = windowSeconds
  }

  /** The address's place, for this window; it is some other address's once enough others came. */
  slot(address: IpAddress, now: number): number {
    return this.#find(this.#hash(address), this.#windowAt(now) >>> 0)
  }

  count(slot: number): number {
    return this.#table[slot + COUNT]! & NUMBER
  }

  /** Adds to the count; it stays between 0 and 2^30 - 1. */
  add(slot: number, difference: 1 | -1): void {
    const count = this.count(slot) + difference
    if (count >= 0 && count <= NUMBER) this.#table[slot + COUNT]! += difference
  }

  /** An authenticated request came from the address. */
  markKnown(slot: number): void {
    this.#table[slot + COUNT]! |= KNOWN_NOW
  }

  /** Whether one came in this window or the one before. */
  isKnown(slot: number): boolean {
    return (this.#table[slot + COUNT]! & ~NUMBER) !== 0
  }

  forget(slot: number): void {
    this.#table[slot + COUNT] = 0
  }

  /** Seconds until the window ends, at least 1. */
  secondsLeft(now: number): number {
    const end = (this.#windowAt(now) + 1) * this.#windowSeconds
    return Math.max(1, end - Math.floor(now / 1000))
  }

  #windowAt(now: number): number {
    return Math.floor(Math.floor(now / 1000) / this.#windowSeconds)
  }

  #find(hash: number, window: number): number {
    const table = this.#table
    const first = (hash % this.#sets) * WAYS * WORDS
    let victim = first
    let lowest = Number.POSITIVE_INFINITY
    for (let way = 0; way < WAYS; way++) {
      const slot = first + way * WORDS
      const age = (window - table[slot + WINDOW]!) >>> 0
      if (table[slot + TAG] === hash && age <= 1) {
        if (age === 1) table[slot + COUNT] = (table[slot + COUNT]! & KNOWN_NOW) >>> 1
        table[slot + WINDOW] = window
        return slot
      }
      // With the marks: a flood does not make the table forget who is known.
      const count = age === 0 ? table[slot + COUNT]! : -1
      if (count < lowest) {
        lowest = count
        victim = slot
      }
    }
    table[victim + TAG] = hash
    table[victim + WINDOW] = window
    table[victim + COUNT] = 0
    return victim
  }

  // FNV-1a over the bytes that name the client, started with the seed and mixed at the end (murmur3's finisher).
  #hash(address: IpAddress): number {
    let hash = this.#seed
    const length = address.length === 4 ? 4 : 8
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ address[i]!, 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return (hash ^ (hash >>> 16)) >>> 0
  }
}
