const NONCE_BYTES = 16
const POOL_NONCES = 256
const HEX_PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

const pool = new Uint8Array(NONCE_BYTES * POOL_NONCES)
let used = pool.length

/**
 * 128 random bits as 32 lower-case hex digits. Drawn from a pool, because one call of the system's generator for every
 * nonce costs more than the signature.
 */
export function createNonce(): string {
  if (used === pool.length) {
    globalThis.crypto.getRandomValues(pool)
    used = 0
  }
  let nonce = ''
  // Each byte is used once and wiped: what has been sent cannot be read from memory as something still to come.
  for (const end = used + NONCE_BYTES; used < end; used++) {
    nonce += HEX_PAIRS[pool[used]!]
    pool[used] = 0
  }
  return nonce
}
