import { createPrivateKey, type JsonWebKey, KeyObject, sign } from 'node:crypto'
import { UsageError } from './errors.js'
import type { ExternalSigner } from './http-signature-authenticator.js'
import { Secret } from './secret.js'

/**
 * Signs with a private key in this process; the key lives in the closure only.
 *
 * @throws UsageError `private_key_invalid`
 */
export function createKeySigner(privateKey: string | Secret | KeyObject | JsonWebKey): ExternalSigner {
  const key = readPrivateKey(privateKey)
  if (key.type === 'private' && key.asymmetricKeyType === 'ed25519')
    return { algorithm: 'ed25519', sign: bytes => sign(null, bytes, key) }
  if (
    key.type === 'private' &&
    key.asymmetricKeyType === 'ec' &&
    key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  )
    return {
      algorithm: 'ecdsa-p256-sha256',
      sign: bytes => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }),
    }
  throw invalid('It must be an Ed25519 or a P-256 key.')
}

function readPrivateKey(privateKey: string | Secret | KeyObject | JsonWebKey): KeyObject {
  if (privateKey instanceof KeyObject) return privateKey
  try {
    if (privateKey instanceof Secret) return createPrivateKey(privateKey.reveal())
    if (typeof privateKey === 'string') return createPrivateKey(privateKey)
    return createPrivateKey({ key: privateKey, format: 'jwk' })
  } catch {
    // What node:crypto says may quote the key.
    throw invalid('It must be PEM without a passphrase, a JWK or a KeyObject.')
  }
}

function invalid(what: string): UsageError {
  return new UsageError('private_key_invalid', `The private key cannot be used. ${what}`)
}
