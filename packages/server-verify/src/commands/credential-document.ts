import type { CredentialDescription } from '../credential-record.js'

/** What a partner gets: the document that `partner-cli auth import` takes. Holds a secret where there is one. */
export interface CredentialDocument {
  readonly baseUrl: string
  readonly environment: string
  readonly api: string
  readonly partner: string
  readonly keyId: string
  readonly hmac?: { readonly keyId: string; readonly secret: string }
  readonly apiKey?: string
  readonly scopes: readonly string[]
  readonly roles?: readonly string[]
  /** RFC 3339 */
  readonly notBefore?: string
  readonly notAfter?: string
}

export function createCredentialDocument(
  credential: CredentialDescription,
  secret: string | undefined,
  baseUrl: string,
): CredentialDocument {
  const { keyId, environment, api = 'orders', partnerId, scopes, roles, notBefore, notAfter } = credential
  return {
    baseUrl,
    environment,
    api,
    partner: partnerId,
    keyId,
    ...(credential.kind === 'hmac' && secret !== undefined ? { hmac: { keyId, secret } } : {}),
    ...(credential.kind === 'api-key' && secret !== undefined ? { apiKey: secret } : {}),
    scopes,
    ...(roles === undefined ? {} : { roles }),
    ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore).toISOString() }),
    ...(notAfter === undefined ? {} : { notAfter: new Date(notAfter).toISOString() }),
  }
}
