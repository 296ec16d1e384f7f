// The portable half of the `#sha256` seam: browsers, Deno, Bun, workers.
// Text is a byte string: one character, one byte (latin1). Callers guarantee code points ≤ 0xFF.
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** A key made ready for HMAC-SHA-256 (RFC 2104): the hash state after the key block. */
export interface HmacKey {
  readonly state: ReturnType<typeof hmac.create>
}

export function sha256Hex(data: Uint8Array): string {
  return bytesToHex(sha256(data))
}

export function sha256HexOfText(text: string): string {
  return bytesToHex(sha256(byteStringToBytes(text)))
}

export function createHmacKey(key: Uint8Array): HmacKey {
  return { state: hmac.create(sha256, key) }
}

export function hmacHex(key: HmacKey, text: string): string {
  return bytesToHex(hmacBytes(key, text))
}

export function hmacBytes(key: HmacKey, text: string): Uint8Array {
  return key.state.clone().update(byteStringToBytes(text)).digest()
}

function byteStringToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
