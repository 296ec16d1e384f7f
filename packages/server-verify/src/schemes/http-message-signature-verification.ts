import { createHash, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto'
import type { SignatureAlgorithm } from '@countersign/protocol/http-message-signatures'

/** A key, and the one algorithm that it is good for. */
export interface VerificationKey {
  readonly algorithm: SignatureAlgorithm
  readonly key: KeyObject
}

// Stand in for an unknown key: nobody has their private halves.
const NOBODYS_KEYS: readonly [VerificationKey, VerificationKey] = [
  { algorithm: 'ed25519', key: generateKeyPairSync('ed25519').publicKey },
  { algorithm: 'ecdsa-p256-sha256', key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey },
]
const SALT = randomBytes(16)

/**
 * The key that stands in for a key id that nobody has. The two algorithms take unlike times, so each unknown key id gets
 * one of them for as long as the process runs, whatever the request says: as if it were known.
 */
export function chooseNobodysKey(keyId: string): VerificationKey {
  const digest = createHash('sha256').update(SALT).update(keyId, 'latin1').digest()
  return NOBODYS_KEYS[(digest[0]! & 1) as 0 | 1]
}

/** @param base see `createSignatureBase` */
export function verifySignature(
  { algorithm, key }: VerificationKey,
  base: string,
  signature: Uint8Array,
): boolean {
  const bytes = Buffer.from(base, 'latin1')
  return algorithm === 'ed25519'
    ? verify(null, bytes, key, signature)
    : verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature)
}
