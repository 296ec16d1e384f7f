import { createHmac } from 'node:crypto'
import type {
  AccessTokenCredential,
  ApiKeyCredential,
  ClientCertificateCredential,
  Credential,
  CredentialBase,
  HmacCredential,
  HttpSignatureCredential,
} from './credential.js'
import type { SealedSecret, SecretBox } from './secret-box.js'

/** An HMAC credential as it is kept: its secret sealed, and a keyed fingerprint of it that shows a second use. */
export interface SealedHmacCredential extends CredentialBase {
  readonly kind: 'hmac'
  readonly sealedSecret: SealedSecret
  /** HMAC-SHA256 under the store's fingerprint key, 64 lower-case hex digits. Tells nothing without that key. */
  readonly secretFingerprint: string
}

/** A credential as a file or table keeps it. Nothing in it authenticates anybody. */
export type CredentialRecord =
  | SealedHmacCredential
  | HttpSignatureCredential
  | ApiKeyCredential
  | AccessTokenCredential
  | ClientCertificateCredential

/** A credential as it may be shown: no secret, sealed or not, and no hash of one. */
export type CredentialDescription =
  | (CredentialBase & { readonly kind: 'hmac' | 'api-key' })
  | HttpSignatureCredential
  | AccessTokenCredential
  | ClientCertificateCredential

const FINGERPRINT_CONTEXT: readonly string[] = ['fingerprint-key']

/**
 * @param fingerprintKey the sealed key of the store
 * @throws SecretBoxError
 */
export async function sealCredential(
  credential: Credential,
  secrets: SecretBox,
  fingerprintKey: SealedSecret,
): Promise<CredentialRecord> {
  if (credential.kind !== 'hmac') return credential
  const { secret, ...shown } = credential
  const key = Buffer.from(await secrets.open(fingerprintKey, FINGERPRINT_CONTEXT), 'base64url')
  return {
    ...shown,
    sealedSecret: await secrets.seal(secret, secretContext(credential)),
    secretFingerprint: createHmac('sha256', key).update(secret, 'utf8').digest('hex'),
  }
}

/** @throws SecretBoxError `secret_unreadable`, `key_encryption_key_unknown` */
export async function openCredential(record: CredentialRecord, secrets: SecretBox): Promise<Credential> {
  if (record.kind !== 'hmac') return Object.freeze({ ...record })
  const { sealedSecret, secretFingerprint: _, ...shown } = record
  const opened: HmacCredential = {
    ...shown,
    secret: await secrets.open(sealedSecret, secretContext(record)),
  }
  return Object.freeze(opened)
}

/** @returns the same object when there is nothing to do */
export async function rewrapCredential<R extends CredentialRecord>(
  record: R,
  secrets: SecretBox,
): Promise<R> {
  if (record.kind !== 'hmac') return record
  const sealedSecret = await secrets.rewrap(record.sealedSecret, secretContext(record))
  return sealedSecret === record.sealedSecret ? record : { ...record, sealedSecret }
}

/**
 * A new key for fingerprints, sealed like a secret. A plain hash of a secret would let the reader of a dump try
 * guesses, and a key derived from a key-encryption key would change with it.
 */
export function createFingerprintKey(secrets: SecretBox, random: Uint8Array): Promise<SealedSecret> {
  return secrets.seal(Buffer.from(random).toString('base64url'), FINGERPRINT_CONTEXT)
}

/** @returns the same object when there is nothing to do */
export function rewrapFingerprintKey(sealed: SealedSecret, secrets: SecretBox): Promise<SealedSecret> {
  return secrets.rewrap(sealed, FINGERPRINT_CONTEXT)
}

/** What may be shown of a credential. */
export function describeCredential(credential: CredentialRecord | Credential): CredentialDescription {
  if (credential.kind === 'hmac') {
    const {
      sealedSecret: _,
      secretFingerprint: __,
      secret: ___,
      ...shown
    } = credential as HmacCredential & SealedHmacCredential
    return shown
  }
  if (credential.kind === 'api-key') {
    const { secretSha256: _, ...shown } = credential
    return shown
  }
  return credential
}

// What a secret belongs to: moved to another record, it does not open.
function secretContext({ keyId, partnerId, environment }: CredentialBase): readonly string[] {
  return ['hmac-secret', keyId, partnerId, environment]
}
