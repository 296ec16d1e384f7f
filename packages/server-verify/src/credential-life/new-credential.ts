import { createHash } from 'node:crypto'
import { ApiKeyError, formatApiKey } from '@countersign/protocol'
import type { Credential, CredentialBase } from '../credential.js'
import { CredentialError } from '../credential-error.js'
import { certificateKeyId, tokenBindingKeyId } from '../derived-key-id.js'
import { createBase62, createKeyId, createSecret } from './random-text.js'
import type { CredentialRestrictions } from './restrictions.js'

/** What proves a credential that is issued. (A public key is imported instead: `importPublicKey`.) */
export type CredentialProof =
  | { readonly kind: 'hmac' }
  | { readonly kind: 'api-key' }
  /** Tokens of `issuer` for `subject`. */
  | { readonly kind: 'access-token'; readonly issuer: string; readonly subject: string }
  /** A certificate by its SHA-256 thumbprint (64 lower-case hex digits), or every one with a name. */
  | { readonly kind: 'client-certificate'; readonly identity: string }

/** A credential on its way into a store, with what only its holder must know. */
export interface NewCredential {
  readonly credential: Credential
  /** The HMAC secret, or the whole API key; undefined where the partner holds the proof already. */
  readonly secret: string | undefined
}

const API_SECRET_LENGTH = 43
const THUMBPRINT = /^[0-9a-f]{64}$/
const ALT_NAME = /^(?:DNS|URI|email):[\x21\x23-\x2b\x2d-\x7e]{1,255}$/

/** @throws CredentialError `credential_invalid` */
export function createCredential(
  restrictions: CredentialRestrictions,
  proof: CredentialProof,
  now: number,
): NewCredential {
  const base: Omit<CredentialBase, 'keyId'> = { ...present(restrictions), state: 'active', createdAt: now }
  const { partnerId, environment } = restrictions
  switch (proof.kind) {
    case 'hmac': {
      const secret = createSecret()
      return { credential: { ...base, kind: 'hmac', keyId: createKeyId(partnerId, '_'), secret }, secret }
    }
    case 'api-key': {
      const keyId = createKeyId(partnerId, '')
      const secret = createApiKey(environment, keyId)
      const secretSha256 = createHash('sha256').update(secret, 'latin1').digest('hex')
      return { credential: { ...base, kind: 'api-key', keyId, secretSha256 }, secret }
    }
    case 'access-token': {
      const { issuer, subject } = proof
      if (issuer === '' || subject === '') throw invalid('An access token needs an issuer and a subject.')
      const keyId = tokenBindingKeyId(issuer, subject)
      return { credential: { ...base, kind: 'access-token', keyId, issuer, subject }, secret: undefined }
    }
    case 'client-certificate':
      return { credential: createCertificateCredential(base, proof.identity), secret: undefined }
  }
}

function createApiKey(environment: string, keyId: string): string {
  try {
    return formatApiKey({ environment, keyId, secret: createBase62(API_SECRET_LENGTH) })
  } catch (error) {
    if (!(error instanceof ApiKeyError)) throw error
    throw new CredentialError('credential_invalid', error.message, error)
  }
}

function createCertificateCredential(base: Omit<CredentialBase, 'keyId'>, identity: string): Credential {
  const keyId = certificateKeyId(identity)
  if (THUMBPRINT.test(identity))
    return { ...base, kind: 'client-certificate', keyId, certificates: [identity] }
  if (!ALT_NAME.test(identity))
    throw invalid('A certificate is named by a SHA-256 thumbprint, or by DNS:name, URI:uri or email:address.')
  return { ...base, kind: 'client-certificate', keyId, subjectAltName: identity }
}

/** Without the members that are undefined: what is stored is what is there. */
function present(restrictions: CredentialRestrictions): CredentialRestrictions {
  const { partnerId, environment, scopes, ...others } = restrictions
  const given = Object.entries(others).filter(([, value]) => value !== undefined)
  return { partnerId, environment, scopes, ...Object.fromEntries(given) }
}

function invalid(message: string): CredentialError {
  return new CredentialError('credential_invalid', message)
}
