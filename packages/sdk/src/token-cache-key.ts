import { createPayloadHash } from '@countersign/protocol'

const utf8 = new TextEncoder()

/** All that a token depends on: two requests that differ in any of it must not share one. */
export interface TokenIdentity {
  readonly issuer: string | undefined
  readonly tokenEndpoint: string | undefined
  readonly clientId: string
  readonly method: string
  readonly credentialFingerprint: string
  readonly scope: readonly string[]
  readonly audience: string | undefined
  readonly resource: readonly string[]
  /** RFC 7638 thumbprint of the DPoP key. */
  readonly jkt: string | undefined
  /** SHA-256 of the client certificate. */
  readonly certificateThumbprint: string | undefined
}

/** SHA-256 over all of it, in hex. Versioned: a new form of what is cached must not meet the old one. */
export function createTokenCacheKey(identity: TokenIdentity): string {
  const { issuer, tokenEndpoint, clientId, method, credentialFingerprint } = identity
  const parts = [
    'countersign-token-v1',
    issuer ?? null,
    tokenEndpoint ?? null,
    clientId,
    method,
    credentialFingerprint,
    [...new Set(identity.scope)].sort(),
    identity.audience ?? null,
    [...new Set(identity.resource)].sort(),
    identity.jkt ?? null,
    identity.certificateThumbprint ?? null,
  ]
  return createPayloadHash(utf8.encode(JSON.stringify(parts)))
}

/** Tells two secrets apart without holding either. */
export function fingerprint(secret: string): string {
  return createPayloadHash(utf8.encode(`countersign-credential-v1 ${secret}`))
}
