import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { isJsonObject } from './compact-jws.js'
import { fitsAlgorithm } from './token-algorithm.js'

/** A key set as an issuer publishes it (RFC 7517 §5). */
export interface JsonWebKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

const MAX_KEYS = 100

interface UsableKey {
  readonly kid: string | undefined
  readonly alg: string | undefined
  readonly key: KeyObject
}

/**
 * The keys of a set that can verify signatures. A key that cannot (a private or symmetric one, one for encryption, one
 * that is malformed) is left out: an issuer may publish more than we understand.
 */
export class KeySet {
  readonly #keys: readonly UsableKey[]

  private constructor(keys: readonly UsableKey[]) {
    this.#keys = keys
  }

  /** @throws TypeError it is no key set, or has more than 100 keys */
  static read(document: unknown): KeySet {
    if (!isJsonObject(document) || !Array.isArray(document['keys']))
      throw new TypeError('The key set has no list `keys`.')
    if (document['keys'].length > MAX_KEYS)
      throw new TypeError(`The key set has ${document['keys'].length} keys; at most ${MAX_KEYS} are read.`)
    return new KeySet(document['keys'].map(readKey).filter(key => key !== undefined))
  }

  get size(): number {
    return this.#keys.length
  }

  /**
   * The key of this id whose kind fits the algorithm; without an id, the only one that fits. `undefined` for none or
   * more than one.
   */
  find(kid: string | undefined, algorithm: string): KeyObject | undefined {
    const fitting = this.#keys.filter(
      candidate =>
        (kid === undefined || candidate.kid === kid) &&
        (candidate.alg === undefined || candidate.alg === algorithm) &&
        fitsAlgorithm(candidate.key, algorithm),
    )
    return fitting.length === 1 ? fitting[0]!.key : undefined
  }
}

function readKey(jwk: unknown): UsableKey | undefined {
  if (!isJsonObject(jwk)) return undefined
  const { kty, kid, alg, use, key_ops: operations } = jwk
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (alg !== undefined && typeof alg !== 'string') return undefined
  const key = importPublicKey(jwk)
  return key === undefined ? undefined : { kid, alg, key }
}

/** A public key from a JWK; `undefined` when it is private, symmetric or no key at all. */
export function importPublicKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  // A published private key is everyone's.
  for (const secret of ['d', 'p', 'q', 'k', 'priv']) if (Object.hasOwn(jwk, secret)) return undefined
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
  } catch {
    return undefined
  }
}
