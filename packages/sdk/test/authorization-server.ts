import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import Provider, { type ClientMetadata, type Configuration } from 'oidc-provider'
import { close, listen } from '../src/testing/recording-server.js'
import type { TlsFiles } from '../src/testing/tls-files.js'

export interface AuthorizationServer {
  readonly issuer: string
  /** Token requests so far. */
  readonly requests: () => number
  /** Each answer of the token endpoint: status, and the body's `error`. */
  readonly answers: { readonly status: number; readonly error: string | undefined }[]
  close(): Promise<void>
}

export interface AuthorizationServerOptions {
  readonly tls: TlsFiles
  readonly clients: readonly ClientMetadata[]
  /** DPoP proofs without a nonce of the server are refused. */
  readonly requireNonce?: boolean
}

export const RESOURCE = 'https://api.example.com'

/** A real authorization server: oidc-provider over TLS on a free loopback port, with JWT access tokens. */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions,
): Promise<AuthorizationServer> {
  const { tls, clients, requireNonce = false } = options
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  let requests = 0
  const answers: AuthorizationServer['answers'] = []
  let handler: ReturnType<Provider['callback']> | undefined
  const server = createServer(
    { cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false },
    (request, response) => void handler?.(request, response),
  )
  const issuer = `https://localhost:${await listen(server)}`
  const configuration: Configuration = {
    clients: [...clients],
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
      'self_signed_tls_client_auth',
      'none',
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: [],
    scopes: ['orders:status:write', 'orders:read'],
    ttl: { ClientCredentials: 600 },
    jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig' } as never] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => requireNonce },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ctx => {
          const { raw } = (ctx.req.socket as TLSSocket).getPeerCertificate()
          return raw === undefined ? undefined : new X509Certificate(raw)
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'orders:status:write orders:read',
          audience: RESOURCE,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
  const provider = new Provider(issuer, configuration)
  provider.use(async (ctx, next) => {
    if (ctx.path === '/token') requests++
    await next()
    if (ctx.path === '/token')
      answers.push({ status: ctx.status, error: (ctx.body as { error?: string } | undefined)?.error })
  })
  handler = provider.callback()
  return { issuer, requests: () => requests, answers, close: () => close(server) }
}
