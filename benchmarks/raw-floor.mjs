// @ts-check
// The raw-crypto floor: the hashing that nobody can leave out, and nothing else. Four one-shot `crypto.hash` calls on
// ready-made input: the body, the canonical request, and an HMAC-SHA-256 of the string to sign as two hashes over key
// blocks padded beforehand. No string is put together, no header is read, nothing is compared.
import { createHmac, hash } from 'node:crypto'

/**
 * @param {Uint8Array} body
 * @param {string} canonicalRequest
 * @param {Uint8Array} signingKey
 * @param {string} stringToSign
 * @returns {() => string} one pass; returns the signature
 */
export function createFloor(body, canonicalRequest, signingKey, stringToSign) {
  const canonical = Buffer.from(canonicalRequest, 'latin1')
  const inner = Buffer.concat([padKey(signingKey, 0x36), Buffer.from(stringToSign, 'latin1')])
  const outer = Buffer.concat([padKey(signingKey, 0x5c), Buffer.alloc(32)])
  const pass = () => {
    hash('sha256', body, 'hex')
    hash('sha256', canonical, 'hex')
    outer.write(hash('sha256', inner, 'binary'), 64, 32, 'latin1')
    return hash('sha256', outer, 'hex')
  }
  const expected = createHmac('sha256', signingKey).update(stringToSign).digest('hex')
  if (pass() !== expected) throw new Error('The floor does not compute HMAC-SHA-256.')
  return pass
}

/** @param {Uint8Array} key 32 bytes @param {number} pad */
function padKey(key, pad) {
  return Buffer.alloc(64, pad).map((byte, i) => byte ^ (key[i] ?? 0))
}
