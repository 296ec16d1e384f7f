// The Node half of the `#sha256` seam: the same exports as `sha256.noble.ts`, on node:crypto.
// HMAC is two one-shot hashes over pre-padded keys because `crypto.hash` costs a third of `createHmac`
// for the 100–500 bytes that a canonical request has (measured on Node 20 and 24).
import { hash } from 'node:crypto'

/** A key made ready for HMAC-SHA-256 (RFC 2104): the key block xored with ipad and with opad. */
export interface HmacKey {
  readonly inner: Uint8Array
  readonly outer: Uint8Array
}

const BLOCK = 64
const DIGEST = 32
const SCRATCH = 8192
const innerScratch = Buffer.alloc(BLOCK + SCRATCH)
const outerScratch = Buffer.alloc(BLOCK + DIGEST)
const textScratch = Buffer.alloc(SCRATCH)
// Making a view costs as much as hashing a block and lengths repeat, so the view of each length is kept.
const innerViews = new Array<Buffer | undefined>(SCRATCH + 1)
const textViews = new Array<Buffer | undefined>(SCRATCH + 1)

export function sha256Hex(data: Uint8Array): string {
  return hash('sha256', data, 'hex')
}

export function sha256HexOfText(text: string): string {
  const length = text.length
  if (length > SCRATCH) return hash('sha256', Buffer.from(text, 'latin1'), 'hex')
  textScratch.write(text, 0, length, 'latin1')
  return hash('sha256', (textViews[length] ??= textScratch.subarray(0, length)), 'hex')
}

export function createHmacKey(key: Uint8Array): HmacKey {
  const block = key.length > BLOCK ? hash('sha256', key, 'buffer') : key
  const inner = new Uint8Array(BLOCK).fill(0x36)
  const outer = new Uint8Array(BLOCK).fill(0x5c)
  for (let i = 0; i < block.length; i++) {
    inner[i]! ^= block[i]!
    outer[i]! ^= block[i]!
  }
  return { inner, outer }
}

export function hmacHex(key: HmacKey, text: string): string {
  return hash('sha256', prepareOuter(key, text), 'hex')
}

export function hmacBytes(key: HmacKey, text: string): Uint8Array {
  return hash('sha256', prepareOuter(key, text), 'buffer')
}

function prepareOuter(key: HmacKey, text: string): Buffer {
  const length = text.length
  const buffer =
    length > SCRATCH
      ? Buffer.alloc(BLOCK + length)
      : (innerViews[length] ??= innerScratch.subarray(0, BLOCK + length))
  buffer.set(key.inner)
  buffer.write(text, BLOCK, length, 'latin1')
  const digest = hash('sha256', buffer, 'binary')
  outerScratch.set(key.outer)
  outerScratch.write(digest, BLOCK, DIGEST, 'latin1')
  return outerScratch
}
