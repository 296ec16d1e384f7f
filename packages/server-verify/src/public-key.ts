import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { CredentialError } from './credential-error.js'

/** A public key that signs requests (RFC 9421). */
export interface SigningPublicKey {
  readonly algorithm: 'ed25519' | 'ecdsa-p256-sha256'
  /** SubjectPublicKeyInfo, PEM, in the one way this package writes it. */
  readonly pem: string
  /** SHA-256 of the SubjectPublicKeyInfo's DER, base64url: what names a key to people. */
  readonly fingerprint: string
  readonly key: KeyObject
}

const PEM = /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]{1,400}?)\s*-----END PUBLIC KEY-----\s*$/
const MAX_PEM_LENGTH = 1000
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const P256_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex')
const COORDINATE_BYTES = 32

const ED25519_P = 2n ** 255n - 19n
// The y coordinates of the eight points of order 1, 2, 4 and 8: a signature by such a key fits messages that nobody
// signed.
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  ED25519_P - 1n,
  2_707_385_501_144_840_649_318_225_287_225_658_788_936_804_267_575_313_519_463_743_609_750_303_402_022n,
  55_188_659_117_513_257_062_467_267_217_118_295_137_698_188_065_244_968_500_265_048_394_206_261_417_927n,
])

const P256_P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const P256_B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/**
 * Reads a public key that is fit to sign requests: Ed25519, or P-256 with an uncompressed point. The DER is taken apart
 * here and only what has exactly the right form is given to node:crypto, which aborts the process for some others.
 *
 * Refused: Ed25519 points of small order or in a second spelling, P-256 points that are not on the curve or at infinity.
 *
 * @param pem `-----BEGIN PUBLIC KEY-----` …
 * @throws CredentialError `public_key_invalid`
 *
 * @example
 * ```ts
 * import { generateKeyPairSync } from 'node:crypto'
 * import { parsePublicKey } from '@countersign/server-verify'
 *
 * const { publicKey } = generateKeyPairSync('ed25519')
 * console.log(parsePublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString()).algorithm) // ed25519
 * ```
 */
export function parsePublicKey(pem: string): SigningPublicKey {
  if (pem.includes('PRIVATE KEY'))
    throw refuse(
      'This is a private key. It must never leave its owner: replace it, and send the public key only.',
    )
  const base64 = pem.length > MAX_PEM_LENGTH ? undefined : PEM.exec(pem)?.[1]
  if (base64 === undefined) throw refuse('A public key in PEM is needed, -----BEGIN PUBLIC KEY-----.')
  const der = Buffer.from(base64, 'base64')
  return {
    algorithm: readAlgorithm(der),
    pem: `-----BEGIN PUBLIC KEY-----\n${der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')}\n-----END PUBLIC KEY-----\n`,
    fingerprint: createHash('sha256').update(der).digest('base64url'),
    key: createPublicKey({ key: der, format: 'der', type: 'spki' }),
  }
}

function readAlgorithm(der: Buffer): SigningPublicKey['algorithm'] {
  if (startsWith(der, ED25519_PREFIX, COORDINATE_BYTES)) {
    assertEd25519Point(der.subarray(ED25519_PREFIX.length))
    return 'ed25519'
  }
  if (startsWith(der, P256_PREFIX, 2 * COORDINATE_BYTES)) {
    assertP256Point(der.subarray(P256_PREFIX.length))
    return 'ecdsa-p256-sha256'
  }
  throw refuse(
    'The public key must be an Ed25519 key, or a P-256 key as a named curve with an uncompressed point.',
  )
}

function startsWith(der: Buffer, prefix: Buffer, bytesBehind: number): boolean {
  return der.length === prefix.length + bytesBehind && der.subarray(0, prefix.length).equals(prefix)
}

function assertEd25519Point(point: Buffer): void {
  const littleEndian = Buffer.from(point).reverse()
  littleEndian[0]! &= 0x7f
  const y = toInteger(littleEndian)
  if (y >= ED25519_P) throw refuse('The Ed25519 key is not written in the one accepted way (RFC 8032).')
  if (SMALL_ORDER_Y.has(y))
    throw refuse('The Ed25519 key is a point of small order, which signs nothing. Make a new key.')
}

function assertP256Point(point: Buffer): void {
  const x = toInteger(point.subarray(0, COORDINATE_BYTES))
  const y = toInteger(point.subarray(COORDINATE_BYTES))
  if (x >= P256_P || y >= P256_P || (y * y - (x * x * x - 3n * x + P256_B)) % P256_P !== 0n)
    throw refuse('The P-256 key is no point of the curve.')
}

function toInteger(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`)
}

function refuse(message: string): CredentialError {
  return new CredentialError('public_key_invalid', message)
}
