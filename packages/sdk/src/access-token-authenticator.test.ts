import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { calculateJwkThumbprint, decodeJwt, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type AuthorizationServer, RESOURCE, startAuthorizationServer } from '../test/authorization-server.js'
import { type AccessTokenAuthenticator, clientCredentialsAuth } from './access-token-authenticator.js'
import type { ClientAuthentication } from './client-authentication.js'
import type { ClientCredentialsAuthOptions } from './client-credentials-options.js'
import type { DebugEvent } from './debug-event.js'
import type { PartnerClientOptions } from './options.js'
import { PartnerClient } from './partner-client.js'
import { type Answering, problem, startRecordingServer } from './testing/recording-server.js'
import { createTlsFiles } from './testing/tls-files.js'

const tls = createTlsFiles()
const SECRET = "cs-canary a secret:with/odd+chars&%+~!*'()-._"
const assertionKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keyPem = assertionKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
const publicJwk = assertionKey.publicKey.export({ format: 'jwk' })
const grant = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope: 'orders:status:write orders:read',
}
const certificateJwk = (pem: string) => ({
  ...publicJwk,
  kid: 'certificate',
  x5c: [pem.replace(/-----[^-]+-----|\s/g, '')],
})

let server: AuthorizationServer
const open: { close(): Promise<void> }[] = []
beforeAll(async () => {
  if (tls === undefined) return
  server = await startAuthorizationServer({
    tls,
    clients: [
      {
        client_id: 'basic',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_basic',
        ...grant,
      },
      {
        client_id: 'post',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_post',
        ...grant,
      },
      {
        client_id: 'assertion',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...publicJwk, kid: 'k1', alg: 'ES256', use: 'sig' } as never] },
        ...grant,
      },
      {
        client_id: 'certificate',
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        tls_client_certificate_bound_access_tokens: true,
        jwks: { keys: [certificateJwk(tls.client.certificate) as never] },
        ...grant,
      },
      {
        client_id: 'dpop',
        client_secret: SECRET,
        token_endpoint_auth_method: 'client_secret_post',
        dpop_bound_access_tokens: true,
        ...grant,
      },
    ],
  })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})
afterAll(async () => server?.close())

const basic: ClientAuthentication = { method: 'client_secret_basic', clientSecret: SECRET }
const accept: Answering = () => ({ body: { partner: 'acme' } })

async function connect(
  auth: Partial<ClientCredentialsAuthOptions>,
  answer: Answering = accept,
  options: Partial<PartnerClientOptions> = {},
) {
  const api = await startRecordingServer(answer)
  const events: DebugEvent[] = []
  const authenticator = clientCredentialsAuth({
    environment: 'sandbox',
    issuer: server.issuer,
    clientId: 'basic',
    authentication: basic,
    ...auth,
  })
  const client = new PartnerClient({
    baseUrl: api.url,
    auth: authenticator,
    caBundle: tls!.ca,
    proxy: false,
    retry: { baseDelayMs: 0, maxDelayMs: 0, maxAttempts: 3 },
    onDebug: event => void events.push(event),
    ...options,
  })
  open.push(client, api)
  const bearer = (number: number): string =>
    api.requests[number]!.header('authorization')!.replace(/^\S+ /, '')
  return { api, client, events, authenticator, bearer }
}

async function failure(promise: Promise<unknown>): Promise<Error & { code: string }> {
  return promise.then(
    () => expect.unreachable(),
    (error: Error & { code: string }) => error,
  )
}

describe.skipIf(tls === undefined)('tokens of a real authorization server', () => {
  it.each<[string, Partial<ClientCredentialsAuthOptions>]>([
    ['client_secret_basic', {}],
    [
      'client_secret_post',
      { clientId: 'post', authentication: { method: 'client_secret_post', clientSecret: SECRET } },
    ],
    [
      'private_key_jwt',
      {
        clientId: 'assertion',
        authentication: { method: 'private_key_jwt', privateKey: keyPem, keyId: 'k1' },
      },
    ],
    [
      'private_key_jwt with a JWK and the token endpoint as audience',
      {
        clientId: 'assertion',
        authentication: {
          method: 'private_key_jwt',
          privateKey: JSON.stringify(assertionKey.privateKey.export({ format: 'jwk' })),
        },
      },
    ],
  ])('by %s', async (_, auth) => {
    const { api, client, bearer, events } = await connect({ ...auth, scope: ['orders:status:write'] })
    await client.whoami()
    await client.whoami()
    expect(api.requests[0]!.header('authorization')).toMatch(/^Bearer eyJ/)
    expect(decodeJwt(bearer(0))).toMatchObject({
      iss: server.issuer,
      aud: RESOURCE,
      scope: 'orders:status:write',
    })
    expect(bearer(1)).toBe(bearer(0))
    expect(events.filter(event => event.type === 'token_issued')).toHaveLength(1)
  })

  it('by an explicit endpoint, without discovery', async () => {
    const { client, bearer } = await connect({ issuer: undefined, tokenEndpoint: `${server.issuer}/token` })
    await client.whoami()
    expect(decodeJwt(bearer(0))).toMatchObject({ client_id: 'basic' })
    const assertion = {
      method: 'private_key_jwt',
      privateKey: keyPem,
      assertionAudience: server.issuer,
    } as const
    const other = await connect({
      issuer: undefined,
      tokenEndpoint: `${server.issuer}/token`,
      clientId: 'assertion',
      authentication: assertion,
    })
    await other.client.whoami()
    expect(decodeJwt(other.bearer(0))).toMatchObject({ client_id: 'assertion' })
  })

  it('bound to the client certificate', async () => {
    const { client, bearer } = await connect(
      { clientId: 'certificate', authentication: { method: 'self_signed_tls_client_auth' } },
      accept,
      { clientCertificate: tls!.client },
    )
    await client.whoami()
    expect(decodeJwt(bearer(0))['cnf']).toEqual({ 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) })
  })

  it('bound to a DPoP key, with a proof for each request', async () => {
    const post = { method: 'client_secret_post', clientSecret: SECRET } as const
    const { api, client, bearer } = await connect({ clientId: 'dpop', authentication: post, dpop: true })
    await client.whoami()
    await client.request({ method: 'GET', path: '/v1/orders', query: { a: 'b' } })
    const proofs = api.requests.map(request => request.header('dpop')!)
    const jwk = JSON.parse(Buffer.from(proofs[0]!.split('.')[0]!, 'base64url').toString()) as {
      jwk: JWK
      typ: string
    }
    expect(jwk.typ).toBe('dpop+jwt')
    expect(decodeJwt(bearer(0))['cnf']).toEqual({ jkt: await calculateJwkThumbprint(jwk.jwk) })
    expect(api.requests[0]!.header('authorization')).toMatch(/^DPoP /)
    expect(decodeJwt(proofs[1]!)).toMatchObject({ htm: 'GET', htu: `${api.url}/v1/orders` })
    expect(decodeJwt(proofs[0]!).jti).not.toBe(decodeJwt(proofs[1]!).jti)
  })

  it('100 concurrent cold calls make 1 token request', async () => {
    const before = server.requests()
    const { api, client } = await connect({})
    await Promise.all(Array.from({ length: 100 }, () => client.whoami()))
    expect(api.requests).toHaveLength(100)
    expect(server.requests() - before).toBe(1)
    console.log(`100 concurrent cold calls: ${server.requests() - before} token request`)
  })
})

describe.skipIf(tls === undefined)('nonces', () => {
  it('that the authorization server and the API want are put in, once each', async () => {
    const strict = await startAuthorizationServer({
      tls: tls!,
      requireNonce: true,
      clients: [
        {
          client_id: 'dpop',
          client_secret: SECRET,
          token_endpoint_auth_method: 'client_secret_post',
          dpop_bound_access_tokens: true,
          ...grant,
        },
      ],
    })
    try {
      const { api, client } = await connect(
        {
          issuer: strict.issuer,
          clientId: 'dpop',
          authentication: { method: 'client_secret_post', clientSecret: SECRET },
          dpop: true,
        },
        request =>
          decodeJwt(request.header('dpop')!)['nonce'] === 'n-1'
            ? { body: { partner: 'acme' } }
            : { ...problem(401, 'use_dpop_nonce'), headers: { 'dpop-nonce': 'n-1' } },
      )
      await client.whoami()
      await client.whoami()
      expect(strict.answers.map(({ status, error }) => [status, error])).toEqual([
        [400, 'use_dpop_nonce'],
        [200, undefined],
      ])
      expect(api.requests).toHaveLength(3)
    } finally {
      await strict.close()
    }
  })
})

describe.skipIf(tls === undefined)('a refusal', () => {
  it('of the secret says what to check, and shows no secret', async () => {
    const wrong = 'cs-canary-wrong-secret'
    const { api, client, events } = await connect({
      authentication: { method: 'client_secret_basic', clientSecret: wrong },
    })
    const error = await failure(client.whoami())
    expect(error).toMatchObject({
      name: 'AuthenticationError',
      code: 'invalid_client',
      retryable: false,
      status: 401,
    })
    expect(error.message).toMatch(/Check clientId/)
    const before = server.requests()
    expect(await failure(client.whoami())).toMatchObject({ code: 'invalid_client' })
    expect(server.requests()).toBe(before)
    expect(inspect([error, events, client], { depth: 9, showHidden: true })).not.toContain('cs-canary')
    expect(api.requests).toEqual([])
  })

  it('of a wrong clock is put right by the Date of the authorization server, once', async () => {
    const fast = {
      wall: () => Date.now() + 900_000,
      monotonic: () => performance.now(),
      wait: async () => {},
    }
    const dpop = {
      clientId: 'dpop',
      authentication: { method: 'client_secret_post', clientSecret: SECRET } as const,
      dpop: true,
    }
    const { client } = await connect({ ...dpop, clock: fast })
    const before = server.requests()
    await client.whoami()
    expect(server.requests() - before).toBe(2)
  })

  it('without TLS there is no credential', () => {
    for (const issuer of ['http://login.example.com', 'ftp://x', 'login', 'https://u:p@login.example.com'])
      expect(() =>
        clientCredentialsAuth({ environment: 'live', issuer, clientId: 'c', authentication: basic }),
      ).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })
})

describe.skipIf(tls === undefined)('a secret that is replaced while the process runs', () => {
  it('is fetched again, and no request fails', async () => {
    const secrets = ['cs-canary-old', SECRET]
    let asked = 0
    const clientSecret = async (): Promise<string> => secrets[Math.min(asked++, 1)]!
    const { client, api } = await connect({ authentication: { method: 'client_secret_basic', clientSecret } })
    await Promise.all([client.whoami(), client.whoami(), client.whoami()])
    expect(asked).toBe(2)
    expect(api.requests).toHaveLength(3)
  })
})

describe.skipIf(tls === undefined)('a token that the API refuses', () => {
  const later = (auth: AccessTokenAuthenticator): Promise<unknown> => auth.getAccessToken()

  it('is replaced once for all who come with it', async () => {
    let wall = Date.now()
    const clock = { wall: () => wall, monotonic: () => performance.now(), wait: async () => {} }
    let revoked = ''
    const { client, bearer, api, authenticator } = await connect({ clock }, request =>
      request.header('authorization') === revoked
        ? problem(401, 'invalid_token')
        : { body: { partner: 'acme' } },
    )
    await client.whoami()
    await later(authenticator)
    revoked = `Bearer ${bearer(0)}`
    wall += 6000
    const before = server.requests()
    await Promise.all([client.whoami(), client.whoami(), client.whoami(), client.whoami()])
    expect(server.requests() - before).toBe(1)
    expect(new Set(api.requests.slice(-1).map(request => request.header('authorization')))).not.toContain(
      revoked,
    )
  })

  it('though it is brand-new is tried once more after a second: it may not have arrived everywhere', async () => {
    const waits: number[] = []
    const clock = {
      wall: Date.now,
      monotonic: () => performance.now(),
      wait: async (ms: number) => void waits.push(ms),
    }
    const { client, api, bearer } = await connect({ clock }, (_, number) =>
      number === 1
        ? { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
        : { body: { partner: 'acme' } },
    )
    await client.whoami()
    expect(waits).toEqual([1000])
    expect(api.requests).toHaveLength(2)
    expect(bearer(1)).toBe(bearer(0))
  })

  it('for what it may do (403) stays', async () => {
    const { client, api } = await connect({}, () => problem(403, 'scope_missing'))
    const before = server.requests()
    expect(await failure(client.whoami())).toMatchObject({
      name: 'AuthenticationError',
      code: 'scope_missing',
    })
    expect([api.requests.length, server.requests() - before]).toEqual([1, 1])
  })
})
