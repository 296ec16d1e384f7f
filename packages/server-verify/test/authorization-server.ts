// A real authorization server (oidc-provider) on loopback TLS, with everything that an outage, a rotation or a flood
// needs: it counts what it is asked, can be made to fail, and can change its keys.
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'
import {
  type Client,
  type ClientAuth,
  type ClientCredentialsGrantRequestOptions,
  clientCredentialsGrantRequest,
  customFetch,
  isDPoPNonceError,
  processClientCredentialsResponse,
} from 'oauth4webapi'
import { Agent, fetch as undiciFetch } from 'undici'
import type { Identity, TlsIdentities } from './tls-identities.js'

// By a name that the compiler does not follow: its types need those of koa, which fail under skipLibCheck: false.
const NAME: string = 'oidc-provider'
const { Provider }: { Provider: ProviderConstructor } = await import(NAME)

type ProviderConstructor = new (
  issuer: string,
  configuration: object,
) => { callback(): (request: IncomingMessage, response: ServerResponse) => void }
interface ProviderClient {
  readonly clientId: string
}

export const RESOURCE = 'https://api.example.com'
export const SCOPE = 'orders:status:write orders:read'
export const CLIENT_SECRET = 'a secret:with/odd+chars&%+~!*()-and-enough-of-them'

export interface AuthorizationServer {
  readonly issuer: string
  readonly jwksUri: string
  readonly introspectionEndpoint: string
  /** Of the client with `private_key_jwt`. */
  readonly clientKey: CryptoKey
  /** Requests for the key set so far. */
  readonly jwksFetches: number
  /**
   * What becomes of a request from now on: answered, refused with 500, cut off, never answered, redirected …
   *
   * @param where everything, or the key set only
   */
  behave(behaviour: Behaviour, where?: 'everywhere' | 'jwks'): void
  /** New signing keys; the old ones stay published or do not. */
  rotate(options: { readonly keepOld: boolean }): Promise<void>
  /** A token of the client, by the real client library. */
  getToken(
    clientId: string,
    auth: ClientAuth,
    options?: Pick<ClientCredentialsGrantRequestOptions, 'DPoP'> & { readonly identity?: Identity },
  ): Promise<string>
  close(): Promise<void>
}

export type Behaviour = 'well' | 'error' | 'cut' | 'silent' | 'redirect' | 'huge' | 'compressed' | 'html'

export async function startAuthorizationServer(tls: TlsIdentities): Promise<AuthorizationServer> {
  const clientPair = await generateKeyPair('ES256', { extractable: true })
  const certificateKey = { x5c: [toBase64(tls.acme.certificate)], ...(await publicJwkOf(tls.acme)) }
  let keys = [await createSigningJwk('one')]
  let behaviour: Behaviour = 'well'
  let isEverywhere = false
  let jwksFetches = 0
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const server = createServer(
    { cert: tls.server.certificate, key: tls.server.key, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const isJwks = request.url === '/jwks'
      if (isJwks) jwksFetches++
      if (behaviour !== 'well' && (isJwks || isEverywhere)) misbehave(behaviour, request, response)
      else handle(request, response)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`
  const clientJwk = { ...(await exportJWK(clientPair.publicKey)), alg: 'ES256', use: 'sig', kid: 'client' }
  const start = (): void => {
    const provider = new Provider(issuer, configure(keys, clientJwk, certificateKey))
    handle = provider.callback()
  }
  start()
  const as = { issuer, token_endpoint: `${issuer}/token`, mtls_endpoint_aliases: {} }
  return {
    issuer,
    jwksUri: `${issuer}/jwks`,
    introspectionEndpoint: `${issuer}/token/introspection`,
    clientKey: clientPair.privateKey,
    get jwksFetches() {
      return jwksFetches
    },
    behave(next, where = 'everywhere') {
      behaviour = next
      isEverywhere = where === 'everywhere'
    },
    async rotate({ keepOld }) {
      keys = [await createSigningJwk(`rotated-${keys.length}-${Date.now()}`), ...(keepOld ? keys : [])]
      start()
    },
    async getToken(clientId, auth, { identity, DPoP } = {}) {
      const agent = new Agent({
        connect: { ca: tls.ca, ...(identity && { cert: identity.certificate, key: identity.key }) },
      })
      const client: Client = { client_id: clientId }
      const ask = async (): Promise<string> => {
        const response = await clientCredentialsGrantRequest(
          as,
          client,
          auth,
          { scope: SCOPE, resource: RESOURCE },
          {
            ...(DPoP && { DPoP }),
            [customFetch]: (url: string, init: object) =>
              undiciFetch(url, { ...init, dispatcher: agent }) as unknown as Promise<Response>,
          },
        )
        return (await processClientCredentialsResponse(as, client, response)).access_token
      }
      try {
        return await ask().catch(error => (isDPoPNonceError(error) ? ask() : Promise.reject(error)))
      } finally {
        await agent.close()
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function configure(signingKeys: readonly JWK[], clientJwk: JWK, certificateJwk: JWK): object {
  const common = {
    ...{ redirect_uris: [], response_types: [], grant_types: ['client_credentials'], scope: SCOPE },
    id_token_signed_response_alg: 'ES256',
  }
  return {
    jwks: { keys: [...signingKeys] },
    scopes: SCOPE.split(' '),
    clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'self_signed_tls_client_auth'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256'],
      idTokenSigningAlgValues: ['ES256'],
    },
    clients: [
      { ...common, client_id: 'basic', client_secret: CLIENT_SECRET },
      { ...common, client_id: 'opaque', client_secret: CLIENT_SECRET },
      { ...common, client_id: 'dpop', client_secret: CLIENT_SECRET, dpop_bound_access_tokens: true },
      { ...common, client_id: 'orders-api', client_secret: CLIENT_SECRET },
      {
        ...{ ...common, client_id: 'signed', token_endpoint_auth_method: 'private_key_jwt' },
        jwks: { keys: [clientJwk] },
      },
      {
        ...{ ...common, client_id: 'mtls', token_endpoint_auth_method: 'self_signed_tls_client_auth' },
        tls_client_certificate_bound_access_tokens: true,
        jwks: { keys: [certificateJwk] },
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_: unknown, client: ProviderClient) => client.clientId === 'orders-api',
      },
      mTLS: {
        enabled: true,
        certificateBoundAccessTokens: true,
        selfSignedTlsClientAuth: true,
        getCertificate: ({ req }: { req: IncomingMessage }) => {
          const { raw } = (req.socket as TLSSocket).getPeerCertificate()
          return raw === undefined ? undefined : toPem(raw)
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: (_: unknown, _resource: string, client: ProviderClient) => ({
          scope: SCOPE,
          audience: RESOURCE,
          accessTokenTTL: 600,
          accessTokenFormat: client.clientId === 'opaque' ? 'opaque' : 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  }
}

// A key set, so that whoever believes such an answer is found out: he would say 401.
const NO_KEYS = '{"keys":[]}'

function misbehave(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  switch (behaviour) {
    case 'cut':
      request.socket.destroy()
      return
    case 'silent':
      return
    case 'redirect':
      response.writeHead(302, { location: '/jwks?redirected' }).end(NO_KEYS)
      return
    case 'huge':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"keys":["')
      response.end('a'.repeat(1_000_000))
      return
    case 'compressed':
      response.writeHead(200, { 'content-encoding': 'x' }).end(NO_KEYS)
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
      return
    default:
      response.writeHead(500).end(NO_KEYS)
  }
}

async function createSigningJwk(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid }
}

async function publicJwkOf({ certificate }: Identity): Promise<JWK> {
  return exportJWK(new X509Certificate(certificate).publicKey)
}

function toBase64(pem: string): string {
  return pem.replaceAll(/-----[A-Z ]+-----|\s/g, '')
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n')
}
