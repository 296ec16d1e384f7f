import type { webcrypto } from 'node:crypto'
import { UsageError } from './errors.js'
import type { Secret } from './secret.js'

/** A key to sign tokens with. The private half cannot be exported. */
export interface SigningKeyPair {
  readonly algorithm: string
  readonly privateKey: webcrypto.CryptoKey
  readonly publicKey: webcrypto.CryptoKey
}

const CURVES: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

/**
 * Reads a private key: PEM, or a JWK as JSON.
 *
 * @param rsaAlgorithm what an RSA key is for
 * @throws UsageError `secret_invalid`
 */
export async function importPrivateKey(
  text: Secret,
  rsaAlgorithm: 'RS256' | 'PS256',
): Promise<SigningKeyPair> {
  const [{ createPrivateKey }, { importJWK }] = await Promise.all([import('node:crypto'), import('jose')])
  try {
    const value = text.reveal().trim()
    const key = value.startsWith('{')
      ? createPrivateKey({ key: JSON.parse(value) as import('node:crypto').JsonWebKey, format: 'jwk' })
      : createPrivateKey(value)
    const jwk = key.export({ format: 'jwk' })
    const algorithm =
      jwk.kty === 'RSA' ? rsaAlgorithm : jwk.crv === 'Ed25519' ? 'Ed25519' : CURVES[jwk.crv ?? '']
    if (algorithm === undefined) throw new TypeError('unsupported')
    const { kty, crv, x, y, n, e } = jwk
    const shared = {
      kty: kty as string,
      ...(crv && { crv }),
      ...(x && { x }),
      ...(y && { y }),
      ...(n && { n, e }),
    }
    const [privateKey, publicKey] = await Promise.all([
      importJWK({ ...jwk } as Parameters<typeof importJWK>[0], algorithm, { extractable: false }),
      importJWK(shared as Parameters<typeof importJWK>[0], algorithm, { extractable: true }),
    ])
    return {
      algorithm,
      privateKey: privateKey as webcrypto.CryptoKey,
      publicKey: publicKey as webcrypto.CryptoKey,
    }
  } catch {
    // The reason may quote the key.
    const message =
      'The private key cannot be read. It must be PEM or a JWK: RSA, P-256, P-384, P-521 or Ed25519.'
    throw new UsageError('secret_invalid', message)
  }
}
