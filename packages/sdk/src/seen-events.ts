import { createPayloadHash } from '@countersign/protocol'

const GENERATION = 50_000
const WORDS = 4
const utf8 = new TextEncoder()

/**
 * The events that an input held so far, to find one that comes twice. Bounded: the last 50,000 to 100,000 are
 * remembered; one that comes again after more than that is sent, and the API answers that it knows it.
 *
 * What is kept of an event is 120 bits of a SHA-256 and its position, in tables of numbers: 6 MB when full, where a
 * `Map` of texts takes 30.
 */
export class SeenEvents {
  readonly #generation: number
  #current: KeyTable
  #previous: KeyTable | undefined

  constructor(generation: number = GENERATION) {
    this.#generation = generation
    this.#current = new KeyTable()
  }

  /**
   * @param contentId what the id would be if it were made from the event: the same id with other content is no
   * duplicate but a mistake, which the API reports
   * @returns the position of the same event, if it was seen before
   */
  add(eventId: string, contentId: string, index: number): number | undefined {
    const key = eventId === contentId ? readWords(contentId) : hashWords(`${eventId} ${contentId}`)
    const known = this.#current.get(key) ?? this.#previous?.get(key)
    if (known !== undefined) return known
    if (this.#current.size >= this.#generation) {
      this.#previous = this.#current
      this.#current = new KeyTable()
    }
    this.#current.set(key, index)
    return undefined
  }
}

/** A made id is base64url of a SHA-256: its first 20 characters are 120 random bits, 30 in a word. */
function readWords(contentId: string): Uint32Array {
  const words = new Uint32Array(WORDS)
  for (let at = 0; at < WORDS * 5; at++) {
    const word = (at / 5) | 0
    words[word] = (words[word]! << 6) | DIGITS[contentId.charCodeAt(at) & 0x7f]!
  }
  return words
}

function hashWords(text: string): Uint32Array {
  const hex = createPayloadHash(utf8.encode(text))
  return Uint32Array.from({ length: WORDS }, (_, word) =>
    Number.parseInt(hex.slice(word * 8, word * 8 + 8), 16),
  )
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const DIGITS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
)

/** Keys of random bits and a number for each: open addressing, half full at most. */
class KeyTable {
  size = 0
  #slots = 1024
  #keys: Uint32Array = new Uint32Array(this.#slots * WORDS)
  /** Plus one, so that 0 is a free slot. */
  #values: Float64Array = new Float64Array(this.#slots)

  get(key: Uint32Array): number | undefined {
    const value = this.#values[this.#find(key)]!
    return value === 0 ? undefined : value - 1
  }

  set(key: Uint32Array, value: number): void {
    if (this.size * 2 >= this.#slots) this.#grow()
    this.#put(key, value + 1)
    this.size++
  }

  #find(key: Uint32Array): number {
    let slot = key[0]! & (this.#slots - 1)
    while (this.#values[slot] !== 0 && !this.#holds(slot, key)) slot = (slot + 1) & (this.#slots - 1)
    return slot
  }

  #holds(slot: number, key: Uint32Array): boolean {
    const at = slot * WORDS
    const keys = this.#keys
    return (
      keys[at] === key[0] && keys[at + 1] === key[1] && keys[at + 2] === key[2] && keys[at + 3] === key[3]
    )
  }

  #put(key: Uint32Array, value: number): void {
    const slot = this.#find(key)
    this.#keys.set(key, slot * WORDS)
    this.#values[slot] = value
  }

  #grow(): void {
    const keys = this.#keys
    const values = this.#values
    this.#slots *= 2
    this.#keys = new Uint32Array(this.#slots * WORDS)
    this.#values = new Float64Array(this.#slots)
    for (const [slot, value] of values.entries())
      if (value !== 0) this.#put(keys.subarray(slot * WORDS, slot * WORDS + WORDS), value)
  }
}
