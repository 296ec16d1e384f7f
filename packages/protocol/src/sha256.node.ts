// The Node half of the `#sha256` seam: the same exports as `sha256.noble.ts`, on node:crypto.
// HMAC is two one-shot hashes over pre-padded keys because `crypto.hash` costs a third of `createHmac`
// for the 100–500 bytes that a canonical request has (measured on Node 20 and 24).
import { hash } from 'node:crypto'

/**
 * A key made ready for HMAC-SHA-256 (RFC 2104): two blocks of input that begin with the key xored with ipad and opad.
 * What is authenticated is written behind them, in place: copying the pads for each text costs as much as a hash.
 */
export interface HmacKey {
  /** ipad block, then room for a text. */
  readonly inner: Buffer
  /** opad block, then room for the inner digest. */
  readonly outer: Buffer
  /** The part of `inner` that the last text filled; texts of one signer have one length. */
  filled: Buffer
}

const BLOCK = 64
const DIGEST = 32
/** A string to sign has 120 to 250 characters. */
const ROOM = 256
const SCRATCH = 8192
const textScratch = Buffer.alloc(SCRATCH)
// Making a view costs as much as hashing a block and lengths repeat, so the view of each length is kept.
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
  const inner = Buffer.allocUnsafe(BLOCK + ROOM).fill(0x36, 0, BLOCK)
  const outer = Buffer.allocUnsafe(BLOCK + DIGEST).fill(0x5c, 0, BLOCK)
  for (let i = 0; i < block.length; i++) {
    inner[i]! ^= block[i]!
    outer[i]! ^= block[i]!
  }
  return { inner, outer, filled: inner }
}

export function hmacHex(key: HmacKey, text: string): string {
  return hash('sha256', fillOuter(key, text), 'hex')
}

export function hmacBytes(key: HmacKey, text: string): Uint8Array {
  return hash('sha256', fillOuter(key, text), 'buffer')
}

function fillOuter(key: HmacKey, text: string): Buffer {
  key.outer.write(hash('sha256', fillInner(key, text), 'binary'), BLOCK, DIGEST, 'latin1')
  return key.outer
}

function fillInner(key: HmacKey, text: string): Buffer {
  const { length } = text
  if (length > ROOM) return Buffer.concat([key.inner.subarray(0, BLOCK), Buffer.from(text, 'latin1')])
  key.inner.write(text, BLOCK, length, 'latin1')
  if (key.filled.length !== BLOCK + length) key.filled = key.inner.subarray(0, BLOCK + length)
  return key.filled
}
