// Access tokens of a real authorization server, fetched by a real client library, over real TLS.
import { ClientSecretBasic, DPoP, generateKeyPair, None, PrivateKeyJwt } from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  accessToken,
  createTokenIntrospection,
  createTrustedIssuers,
  type IncomingRequest,
  type TokenIntrospection,
  type TrustedIssuer,
  type TrustedIssuers,
  tokenBindingKeyId,
} from '../src/index.js'
import { BINDING, createProof, push, tokenHash } from './access-token-lab.js'
import {
  type AuthorizationServer,
  CLIENT_SECRET,
  RESOURCE,
  startAuthorizationServer,
} from './authorization-server.js'
import { createFixture, type Fixture } from './fixture.js'
import { createTlsIdentities } from './tls-identities.js'

const identities = createTlsIdentities()
const CLIENTS = ['basic', 'opaque', 'dpop', 'signed', 'mtls']
const BASIC = ClientSecretBasic(CLIENT_SECRET)

describe.skipIf(identities === undefined)('a real authorization server', () => {
  const tls = identities!
  let server: AuthorizationServer
  beforeAll(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    server = await startAuthorizationServer(tls)
  })
  afterEach(() => server.behave('well'))
  afterAll(() => server.close())

  interface Lab extends Fixture {
    readonly issuers: TrustedIssuers
    readonly fetches: () => number
  }

  const trusted = (changes: Partial<TrustedIssuer> = {}): TrustedIssuer => ({
    ...{ issuer: server.issuer, jwksUri: server.jwksUri, algorithms: ['ES256'] },
    ...{ certificateAuthorities: tls.ca, unsafeAllowLoopback: true, jwksTimeoutMs: 500 },
    ...changes,
  })

  function createLab(changes: Partial<TrustedIssuer> = {}, introspection?: TokenIntrospection): Lab {
    const clock = { now: Date.now() }
    const issuers = createTrustedIssuers([trusted(changes)], () => clock.now)
    const fixture = createFixture({
      schemes: [accessToken({ issuers, audience: RESOURCE, introspection })],
      now: () => clock.now,
    })
    for (const subject of CLIENTS)
      fixture.credentials.add({
        ...BINDING,
        ...{ keyId: tokenBindingKeyId(server.issuer, subject), issuer: server.issuer, subject },
      })
    const before = server.jwksFetches
    return { ...fixture, clock, issuers, fetches: () => server.jwksFetches - before }
  }

  const bearer = (token: string): IncomingRequest => push(`Bearer ${token}`)

  describe('tokens', () => {
    test('by client_secret_basic', async () => {
      const lab = createLab()
      const { status, caller } = await lab.answer(bearer(await server.getToken('basic', BASIC)))
      expect(status).toBe(200)
      expect(caller?.credentialId).toBe(tokenBindingKeyId(server.issuer, 'basic'))
      expect([...caller!.scopes].sort()).toEqual(['orders:read', 'orders:status:write'])
    })

    test('by private_key_jwt', async () => {
      const token = await server.getToken('signed', PrivateKeyJwt({ key: server.clientKey, kid: 'client' }))
      expect((await createLab().answer(bearer(token))).status).toBe(200)
    })

    test('bound by DPoP', async () => {
      const pair = await generateKeyPair('ES256', { extractable: true })
      const dpop = DPoP({}, pair)
      const token = await server.getToken('dpop', BASIC, { DPoP: dpop })
      const lab = createLab()
      expect((await lab.answer(bearer(token))).code).toBe('invalid_token')
      const { KeyObject } = await import('node:crypto')
      const keys = {
        ...{ alg: 'ES256', kid: 'x', privateKey: KeyObject.from(pair.privateKey) },
        publicKey: KeyObject.from(pair.publicKey),
      }
      const proof = await createProof(token, keys, {
        iat: Math.floor(lab.clock.now / 1000),
        ath: tokenHash(token),
      })
      expect((await lab.answer(push(`DPoP ${token}`, ['DPoP', proof]))).status).toBe(200)
    })

    test('bound by mTLS', async () => {
      const token = await server.getToken('mtls', None(), { identity: tls.acme })
      const lab = createLab()
      const der = (pem: string): Uint8Array =>
        Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64')
      const over = (pem: string | undefined): IncomingRequest => ({
        ...bearer(token),
        peer: { address: '192.0.2.1', ...(pem && { certificate: der(pem) }) },
      })
      expect((await lab.answer(over(undefined))).code).toBe('invalid_token')
      expect((await lab.answer(over(tls.globex.certificate))).code).toBe('invalid_token')
      expect((await lab.answer(over(tls.acme.certificate))).status).toBe(200)
    })
  })

  describe('keys', () => {
    test('100 requests at once and 100 after them: one fetch', async () => {
      const lab = createLab()
      const token = await server.getToken('basic', BASIC)
      const answers = await Promise.all(Array.from({ length: 100 }, () => lab.answer(bearer(token))))
      for (let i = 0; i < 100; i++) answers.push(await lab.answer(bearer(token)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(lab.fetches()).toBe(1)
    })

    test('a key that is rotated in is picked up, and one that is taken out is dropped', async () => {
      const lab = createLab()
      const old = await server.getToken('basic', BASIC)
      expect((await lab.answer(bearer(old))).status).toBe(200)
      await server.rotate({ keepOld: true })
      const young = await server.getToken('basic', BASIC)
      expect((await lab.answer(bearer(young))).code).toBe('invalid_token')
      lab.clock.now += 30_000
      expect((await lab.answer(bearer(young))).status).toBe(200)
      expect((await lab.answer(bearer(old))).status).toBe(200)
      expect(lab.fetches()).toBe(2)
      await server.rotate({ keepOld: false })
      lab.clock.now += 300_000
      // Old enough to be asked for behind the request, young enough to serve it.
      expect((await lab.answer(bearer(old))).status).toBe(200)
      await vi.waitFor(() => expect(lab.fetches()).toBe(3))
      lab.clock.now += 61_000
      await vi.waitFor(async () => expect((await lab.answer(bearer(old))).code).toBe('invalid_token'))
    })

    test('1,000 tokens with random key ids: one fetch, and good tokens are served all the while', async () => {
      const lab = createLab()
      const token = await server.getToken('basic', BASIC)
      expect((await lab.answer(bearer(token))).status).toBe(200)
      lab.clock.now += 30_000
      const [, payload, signature] = token.split('.')
      const flood = Array.from({ length: 1000 }, (_, i) => {
        const header = { alg: 'ES256', typ: 'at+jwt', kid: `random-${i}` }
        return bearer(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.${signature}`)
      })
      const answers = await Promise.all(flood.map(request => lab.answer(request)))
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['invalid_token']))
      expect(lab.fetches()).toBe(2)
      expect((await lab.answer(bearer(token))).status).toBe(200)
      expect(lab.fetches()).toBe(2)
    })

    test('1,000 tokens of issuers that nobody trusts: no fetch at all', async () => {
      const lab = createLab()
      const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'x' })).toString(
        'base64url',
      )
      for (let i = 0; i < 1000; i++) {
        const payload = Buffer.from(JSON.stringify({ iss: `${server.issuer}/${i}` })).toString('base64url')
        expect((await lab.answer(bearer(`${header}.${payload}.AAAA`))).code).toBe('invalid_token')
      }
      expect(lab.fetches()).toBe(0)
    })

    test.each(['error', 'cut', 'silent', 'redirect', 'huge', 'compressed', 'html'] as const)(
      'at the very start, %s is an outage: 503, and then all is well',
      async behaviour => {
        const lab = createLab()
        const token = await server.getToken('basic', BASIC)
        server.behave(behaviour)
        const answer = await lab.answer(bearer(token))
        expect(answer).toMatchObject({ status: 503, code: 'dependency_unavailable' })
        expect(answer.headers['retry-after']).toBe('5')
        expect(lab.fetches()).toBe(1)
        server.behave('well')
        lab.clock.now += 5000
        expect((await lab.answer(bearer(token))).status).toBe(200)
      },
    )

    test('an outage: known keys serve for an hour, then 503, never 401; it ends by itself', async () => {
      const lab = createLab()
      const token = await server.getToken('basic', BASIC)
      expect((await lab.answer(bearer(token))).status).toBe(200)
      server.behave('cut', 'jwks')
      // Tokens live ten minutes, the bound is an hour: the authorization server's clock is set along with ours.
      vi.useFakeTimers({ toFake: ['Date'], now: lab.clock.now })
      try {
        for (let minute = 3; minute <= 72; minute += 3) {
          lab.clock.now += 180_000
          vi.setSystemTime(lab.clock.now)
          const { status } = await lab.answer(bearer(await server.getToken('basic', BASIC)))
          expect(status, `after ${minute} minutes`).toBe(minute < 60 ? 200 : 503)
        }
        server.behave('well')
        lab.clock.now += 5000
        expect((await lab.answer(bearer(await server.getToken('basic', BASIC)))).status).toBe(200)
      } finally {
        vi.useRealTimers()
      }
    })
  })

  describe('where keys may come from', () => {
    test('a name that leads to loopback is not asked', async () => {
      const lab = createLab({ unsafeAllowLoopback: false })
      const answer = await lab.answer(bearer(await server.getToken('basic', BASIC)))
      expect(answer.status).toBe(503)
      expect(lab.fetches()).toBe(0)
    })

    test('a private range that is allowed by name is asked', async () => {
      const lab = createLab({ unsafeAllowLoopback: false, privateAddresses: ['127.0.0.0/8', '::1'] })
      expect((await lab.answer(bearer(await server.getToken('basic', BASIC)))).status).toBe(200)
    })

    test('a server whose certificate nobody vouches for is not believed', async () => {
      const lab = createLab({ certificateAuthorities: undefined })
      expect((await lab.answer(bearer(await server.getToken('basic', BASIC)))).status).toBe(503)
      expect(lab.fetches()).toBe(0)
    })

    test('a key set above the limit is an outage', async () => {
      const lab = createLab({ jwksMaxBytes: 100 })
      expect((await lab.answer(bearer(await server.getToken('basic', BASIC)))).status).toBe(503)
    })
  })

  describe('introspection', () => {
    const introspect = (changes: object = {}): TokenIntrospection =>
      createTokenIntrospection({
        ...{ issuer: server.issuer, endpoint: server.introspectionEndpoint },
        ...{ clientId: 'orders-api', clientSecret: CLIENT_SECRET },
        ...{ certificateAuthorities: tls.ca, unsafeAllowLoopback: true, timeoutMs: 500 },
        ...changes,
      })

    test('an opaque token is asked about once, by many requests', async () => {
      const introspection = introspect()
      const asked = vi.spyOn(introspection, 'introspect')
      const lab = createLab({}, introspection)
      const token = await server.getToken('opaque', BASIC)
      expect(token).not.toContain('.')
      const answers = await Promise.all(Array.from({ length: 20 }, () => lab.answer(bearer(token))))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(asked).toHaveBeenCalledTimes(20)
      server.behave('cut')
      expect((await lab.answer(bearer(token))).status).toBe(200)
    })

    test('a token that the issuer does not know is refused, and not asked about again for a while', async () => {
      const lab = createLab({}, introspect())
      expect((await lab.answer(bearer('unknown'))).code).toBe('invalid_token')
      expect(lab.audited).toMatchObject([{ outcome: 'token_inactive' }])
      server.behave('cut')
      expect((await lab.answer(bearer('unknown'))).code).toBe('invalid_token')
    })

    test.each(['error', 'cut'] as const)('%s is an outage: 503, never 401', async behaviour => {
      const lab = createLab({}, introspect())
      const token = await server.getToken('opaque', BASIC)
      server.behave(behaviour)
      expect((await lab.answer(bearer(token))).status).toBe(503)
      server.behave('well')
      expect((await lab.answer(bearer(token))).status).toBe(200)
    })

    test("our own credentials being refused is our outage, not the caller's fault", async () => {
      const lab = createLab({}, introspect({ clientSecret: 'wrong' }))
      expect((await lab.answer(bearer(await server.getToken('opaque', BASIC)))).status).toBe(503)
    })

    test('more questions than allowed at once are an outage', async () => {
      const lab = createLab({}, introspect({ maxConcurrent: 2 }))
      const statuses = await Promise.all(
        Array.from({ length: 5 }, async (_, i) => (await lab.answer(bearer(`unknown-${i}`))).status),
      )
      expect(statuses.sort()).toEqual([401, 401, 503, 503, 503])
    })

    test('of an issuer that is not trusted any more', async () => {
      const lab = createLab({}, introspect())
      lab.issuers.remove(server.issuer)
      expect((await lab.answer(bearer(await server.getToken('opaque', BASIC)))).code).toBe('invalid_token')
    })
  })

  test('no token and no secret is in any error, however deep', async () => {
    const lab = createLab(
      {},
      createTokenIntrospection({
        ...{ issuer: server.issuer, endpoint: server.introspectionEndpoint },
        ...{ clientId: 'orders-api', clientSecret: CLIENT_SECRET, unsafeAllowLoopback: true },
      }),
    )
    const { inspect } = await import('node:util')
    for (const token of ['opaque-canary-0123456789', `${await server.getToken('basic', BASIC)}x`]) {
      const error: unknown = await lab.verifier
        .verify(bearer(token), { scopes: [] })
        .catch((thrown: unknown) => thrown)
      const told = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(lab.audited)
      for (const part of [
        token,
        ...token.split('.'),
        CLIENT_SECRET,
        Buffer.from(CLIENT_SECRET).toString('base64'),
      ])
        expect(told).not.toContain(part)
    }
  })
})
