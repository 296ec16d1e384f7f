import type { HmacAuthorization } from '@countersign/protocol'

const SIGNATURE_LENGTH = 64
const LOWER_HEX = Uint8Array.from({ length: 256 }, (_, code) =>
  '0123456789abcdef'.includes(String.fromCharCode(code)) ? 1 : 0,
)

interface Remembered {
  /** All of the header's text but the signature. */
  readonly text: string
  readonly authorization: HmacAuthorization
}

/**
 * Parsed Authorization headers by their text without the signature, which is the same for every request that one
 * signer makes on one day. A table of fixed size in which a newer text takes an older one's place; filled only with
 * what stood in a verified request, so that nothing a stranger sends is kept.
 */
export class AuthorizationMemo {
  readonly #slots: (Remembered | undefined)[]

  constructor(slots: number) {
    this.#slots = new Array<Remembered | undefined>(slots).fill(undefined)
  }

  /**
   * `undefined` when this text is new, or its signature has a wrong form: then it is for `parseAuthorizationHeader`.
   * The form is looked at first, so that a malformed signature gets its answer without what is remembered here.
   */
  find(value: string): HmacAuthorization | undefined {
    const cut = value.length - SIGNATURE_LENGTH
    if (!isLowerHex(value, cut)) return undefined
    const remembered = this.#slots[this.#slotOf(value)]
    if (remembered === undefined) return undefined
    const { text, authorization } = remembered
    if (cut !== text.length || value.slice(0, cut) !== text) return undefined
    const { algorithm, keyId, scope, signedHeaders } = authorization
    return { algorithm, keyId, scope, signedHeaders, signature: value.slice(cut) }
  }

  keep(value: string, authorization: HmacAuthorization): void {
    // Copied: a slice would keep the whole header of this request alive.
    const text = Buffer.from(value.slice(0, -SIGNATURE_LENGTH), 'latin1').toString('latin1')
    this.#slots[this.#slotOf(value)] = { text, authorization: { ...authorization, signature: '' } }
  }

  // FNV-1a over characters where key ids differ, and the length: a fifth of the price of a Map whose key is hashed
  // whole. Who steers into one slot only makes his own headers be parsed.
  #slotOf(value: string): number {
    let hash = value.length
    for (let i = 28; i < 60; i += 3) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193)
    return (hash >>> 0) % this.#slots.length
  }
}

// A table: a third of the price of a counted regex or of comparisons, and it does not stop at the first wrong one.
function isLowerHex(text: string, start: number): boolean {
  let all = 1
  for (let i = start; i < text.length; i++) all &= LOWER_HEX[text.charCodeAt(i)] ?? 0
  return all === 1
}
