import { randomBytes } from 'node:crypto'
import type { Configuration } from 'oidc-provider'
import { MemoryAdapter } from './memory-adapter.js'
import type { SigningKey } from './signing-key.js'

/** What an authorization server serves. */
export interface AuthorizationServerOptions {
  readonly signingKey: SigningKey
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  readonly scopes: readonly string[]
  /** `aud` of every token. */
  readonly audience: string
  /** Told about every answer that is a fault of the sandbox itself. */
  readonly onError: (error: unknown) => void
}

const TOKEN_SECONDS = 600

/** JWT access tokens (RFC 9068) by client credentials, bound by DPoP when the client wants it. */
export function createConfiguration(options: AuthorizationServerOptions): Configuration {
  const { signingKey, client, scopes, audience } = options
  const scope = scopes.join(' ')
  return {
    adapter: MemoryAdapter,
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: [...scopes],
    responseTypes: [],
    clientAuthMethods: ['client_secret_basic'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] },
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        ...{ redirect_uris: [], response_types: [], grant_types: ['client_credentials'], scope },
      },
    ],
    ttl: { ClientCredentials: TOKEN_SECONDS },
    clientBasedCORS: () => false,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          ...{ scope, audience, accessTokenTTL: TOKEN_SECONDS, accessTokenFormat: 'jwt' },
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}
