import { createPublicKey, randomBytes } from 'node:crypto'
import type { Configuration } from 'oidc-provider'
import { createDeviceFlow } from './device-flow.js'
import { MemoryAdapter } from './memory-adapter.js'
import type { SigningKey } from './signing-key.js'

/** What an authorization server serves. */
export interface AuthorizationServerOptions {
  readonly signingKey: SigningKey
  readonly client: { readonly clientId: string; readonly clientSecret: string }
  /** A client that authenticates by `private_key_jwt`, ES256. */
  readonly assertionClient: { readonly clientId: string; readonly publicKeyPem: string }
  readonly scopes: readonly string[]
  /** `aud` of every token. */
  readonly audience: string
  /** `sub` of the tokens that a person gets by the device flow. */
  readonly person: string
  /** Told about every answer that is a fault of the sandbox itself. */
  readonly onError: (error: unknown) => void
}

const TOKEN_SECONDS = 600

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** For a program that a person uses: it has no secret. */
export const DEVICE_CLIENT = 'partner-cli'

/**
 * JWT access tokens (RFC 9068) by client credentials, and for a person by the device flow; bound by DPoP when the client
 * wants it.
 */
export function createConfiguration(mountPath: string, options: AuthorizationServerOptions): Configuration {
  const { signingKey, client, assertionClient, scopes, audience, person } = options
  const scope = scopes.join(' ')
  const { features: deviceFeatures, ...device } = createDeviceFlow(mountPath, {
    subject: person,
    scope,
    audience,
  })
  const withoutRedirects = { redirect_uris: [], response_types: [], scope }
  return {
    ...device,
    adapter: MemoryAdapter,
    jwks: { keys: [signingKey] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    scopes: [...scopes],
    responseTypes: [],
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'none'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'] },
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        grant_types: ['client_credentials'],
        ...withoutRedirects,
      },
      {
        client_id: assertionClient.clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [createPublicKey(assertionClient.publicKeyPem).export({ format: 'jwk' })] },
        grant_types: ['client_credentials'],
        ...withoutRedirects,
      },
      {
        client_id: DEVICE_CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: [DEVICE_GRANT],
        ...withoutRedirects,
      },
    ],
    ttl: {
      ...{ ClientCredentials: TOKEN_SECONDS, AccessToken: TOKEN_SECONDS, DeviceCode: TOKEN_SECONDS },
      ...{ Interaction: TOKEN_SECONDS, Session: TOKEN_SECONDS, Grant: TOKEN_SECONDS },
    },
    clientBasedCORS: () => false,
    features: {
      ...deviceFeatures,
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
