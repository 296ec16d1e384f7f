import { randomBytes } from 'node:crypto'
import { VerificationError } from './errors.js'
import type { IpAddress } from './ip-address.js'

/** The limiter before authentication. */
export interface PreAuthLimit {
  /** Requests of one client address (IPv6: of one /64) in one window that may fail to authenticate. Default 300. */
  readonly failures?: number | undefined
  /** Default 60. */
  readonly windowSeconds?: number | undefined
  /** Addresses that are remembered; fixed memory of 12 bytes each. Default 65,536. */
  readonly addresses?: number | undefined
}

const WAYS = 4
const TAG = 0
const WINDOW = 1
const COUNT = 2
const WORDS = 3

/**
 * Counts by client address in a table of fixed size. Every request is charged before it is looked at and refunded
 * once it is authenticated, so only failures count. Four ways a set: when a set is full the lowest count gives way,
 * so that a flood from many addresses cannot make one address pay for another.
 */
export class AddressLimiter {
  readonly #table: Uint32Array
  readonly #sets: number
  readonly #limit: number
  readonly #windowSeconds: number
  // Secret, so that nobody can choose addresses that fall into one set.
  readonly #seed: number = randomBytes(4).readUInt32LE()

  constructor(options: PreAuthLimit) {
    this.#limit = options.failures ?? 300
    this.#windowSeconds = options.windowSeconds ?? 60
    this.#sets = Math.max(1, Math.ceil((options.addresses ?? 65_536) / WAYS))
    this.#table = new Uint32Array(this.#sets * WAYS * WORDS)
  }

  /**
   * @returns the slot, for `refund`
   * @throws VerificationError `rate_limited`
   */
  charge(address: IpAddress, now: number): number {
    const seconds = Math.floor(now / 1000)
    const window = Math.floor(seconds / this.#windowSeconds)
    const slot = this.#find(this.#hash(address), window)
    const count = this.#table[slot + COUNT]! + 1
    if (count > this.#limit) {
      throw new VerificationError('rate_limited', {
        detail: 'address_limited',
        retryAfter: Math.max(1, (window + 1) * this.#windowSeconds - seconds),
      })
    }
    this.#table[slot + COUNT] = count
    return slot
  }

  /** The request was authenticated: it does not count. */
  refund(slot: number): void {
    if (this.#table[slot + COUNT]! > 0) this.#table[slot + COUNT]!--
  }

  #find(hash: number, window: number): number {
    const table = this.#table
    const first = (hash % this.#sets) * WAYS * WORDS
    let victim = first
    let lowest = Number.POSITIVE_INFINITY
    for (let way = 0; way < WAYS; way++) {
      const slot = first + way * WORDS
      const current = table[slot + WINDOW] === window >>> 0
      if (current && table[slot + TAG] === hash) return slot
      const count = current ? table[slot + COUNT]! : -1
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
