import type { KeyObject } from 'node:crypto'

/** Signature algorithms that can be allowed. Asymmetric ones only: a key set is public, so no HMAC fits one. */
export type TokenAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** The one kind of key that an algorithm takes (RFC 7518, RFC 8037). */
interface KeyKind {
  readonly type: 'rsa' | 'ec' | 'ed25519'
  /** OpenSSL's name. */
  readonly curve?: string
}

const KEY_KINDS: ReadonlyMap<string, KeyKind> = new Map<TokenAlgorithm, KeyKind>([
  ['RS256', { type: 'rsa' }],
  ['RS384', { type: 'rsa' }],
  ['RS512', { type: 'rsa' }],
  ['PS256', { type: 'rsa' }],
  ['PS384', { type: 'rsa' }],
  ['PS512', { type: 'rsa' }],
  ['ES256', { type: 'ec', curve: 'prime256v1' }],
  ['ES384', { type: 'ec', curve: 'secp384r1' }],
  ['ES512', { type: 'ec', curve: 'secp521r1' }],
  ['EdDSA', { type: 'ed25519' }],
  ['Ed25519', { type: 'ed25519' }],
])
const MIN_RSA_BITS = 2048

/** What an issuer may sign with when nothing else is said. RFC 9068 asks for RS256 at least. */
export const DEFAULT_TOKEN_ALGORITHMS: readonly TokenAlgorithm[] = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** @throws TypeError a mistake in configuration, e.g. `HS256` or an empty list */
export function assertTokenAlgorithms(algorithms: readonly TokenAlgorithm[]): ReadonlySet<string> {
  if (algorithms.length === 0) throw new TypeError('algorithms must name at least one algorithm.')
  for (const algorithm of algorithms) {
    if (!KEY_KINDS.has(algorithm))
      throw new TypeError(
        `${JSON.stringify(algorithm)} cannot be allowed: use one of ${[...KEY_KINDS.keys()].join(', ')}.`,
      )
  }
  return new Set(algorithms)
}

/** Whether a public key is of the kind, curve and size that the algorithm asks for. */
export function fitsAlgorithm(key: KeyObject, algorithm: string): boolean {
  const kind = KEY_KINDS.get(algorithm)
  if (kind === undefined || key.type !== 'public' || key.asymmetricKeyType !== kind.type) return false
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {}
  if (kind.type === 'rsa') return modulusLength >= MIN_RSA_BITS
  return kind.curve === undefined || namedCurve === kind.curve
}
