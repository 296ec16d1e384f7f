// Steps of the pipeline that the vectors cannot show: order, what is kept and charged, outages, audit, explanation.
import { describe, expect, it } from 'vitest'
import {
  createMemoryRateLimit,
  createMemoryReplayGuard,
  createRequestVerifier,
  DependencyError,
  hmacSignature,
  type IncomingRequest,
} from '../src/index.js'
import { CREDENTIAL, createFixture, KEY_ID, NOW, SECRET, TIMESTAMP, WRITE } from './fixture.js'
import { AWS_LABELS } from './independent-signer.js'

const withHeader = (request: IncomingRequest, ...header: [string, string]): IncomingRequest => ({
  ...request,
  rawHeaders: [...request.rawHeaders, ...header],
})

describe('a verified caller', () => {
  it('shows who it is and the signed parts only', async () => {
    const { signed, answer } = createFixture()
    const request = signed({
      target: '/v1/orders/A-1/statuses?limit=5',
      headers: [
        ['X-Partner-Nonce', '0123456789abcdef'],
        ['X-Note', '  two  words\t'],
        ['X-Note', 'more'],
      ],
      unsignedHeaders: [
        ['Content-Type', 'application/json'],
        ['X-Extra', '1'],
      ],
    })
    const { caller } = await answer(request)
    expect(caller).toMatchObject({
      partnerId: 'acme',
      credentialId: KEY_ID,
      scheme: 'hmac',
      method: 'POST',
      target: { path: '/v1/orders/A-1/statuses', query: 'limit=5' },
      bodySha256: request.canonicalRequest.slice(-64),
    })
    expect([...caller!.scopes]).toEqual(['orders:status:write', 'orders:read'])
    expect([...caller!.signedHeaders]).toEqual([
      ['host', 'api.example.com'],
      ['x-note', 'two words,more'],
      ['x-partner-date', TIMESTAMP],
      ['x-partner-nonce', '0123456789abcdef'],
    ])
    expect(caller!.requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('comes of the AWS row with the same secret', async () => {
    const { signed, answer } = createFixture()
    expect(await answer(signed({ labels: AWS_LABELS }))).toMatchObject({ status: 200 })
  })

  it('comes of a GET with a body, which is hashed too', async () => {
    const { signed, answer } = createFixture()
    const request = signed({ method: 'GET', body: 'a body' })
    expect(await answer({ ...request, body: Buffer.from('b body') })).toMatchObject({ status: 401 })
    expect(await answer(request)).toMatchObject({ status: 200 })
  })

  it('may sign __proto__ and constructor like any other header', async () => {
    const { signed, answer } = createFixture()
    const headers = [
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ] as const
    const { caller } = await answer(signed({ headers }))
    expect(caller!.signedHeaders.get('__proto__')).toBe('a')
    expect(caller!.signedHeaders.get('constructor')).toBe('b')
    expect(caller!.signedHeaders.get('hasOwnProperty')).toBeUndefined()
  })
})

describe('a target alone', () => {
  it('is refused as it would be in a request', () => {
    const { verifier } = createFixture()
    expect(() => verifier.assertTarget('/v1/orders?limit=5')).not.toThrow()
    expect(() => verifier.assertTarget('/v1//orders')).toThrow(
      expect.objectContaining({ code: 'target_not_canonical' }),
    )
  })
})

describe('limits', () => {
  it.each([
    [63, 200],
    [64, 200],
    [65, 413],
  ])('a body of %i bytes under a cap of 64: %i', async (length, status) => {
    const { signed, answer, verifier } = createFixture({ limits: { bodyBytes: 64 } })
    expect(verifier.limits.bodyBytes).toBe(64)
    expect(await answer(signed({ body: 'x'.repeat(length) }))).toMatchObject({ status })
  })

  it.each([
    ['many headers', Array.from({ length: 101 }, (_, i) => [`h${i}`, '']).flat()],
    ['long headers', ['a', 'x'.repeat(16_385)]],
    ['a long Authorization', ['Host', 'api.example.com', 'Authorization', 'x'.repeat(8193)]],
  ])('%s: 431', async (_, rawHeaders) => {
    const { signed, answer } = createFixture()
    expect(await answer({ ...signed(), rawHeaders })).toMatchObject({
      status: 431,
      code: 'headers_too_large',
    })
  })

  it('a long target: 431; half a header pair: 400', async () => {
    const { signed, answer } = createFixture()
    expect(await answer({ ...signed(), target: `/${'a'.repeat(16_384)}` })).toMatchObject({ status: 431 })
    expect(await answer({ ...signed(), rawHeaders: ['Host'] })).toMatchObject({ code: 'header_invalid' })
  })
})

describe('exactly one credential', () => {
  it.each([
    ['X-API-Key', 'two_credentials', ['X-API-Key', 'pk_live_x']],
    ['a second Authorization', 'duplicate_header', ['authorization', 'Bearer x']],
  ] as const)('Authorization and %s: 400 %s', async (_, code, header) => {
    const { signed, answer } = createFixture()
    expect(await answer(withHeader(signed(), header[0], header[1]))).toMatchObject({ status: 400, code })
  })

  it.each(['X-Amz-Signature', 'X-Partner-Signature', 'x-acme-signature'])(
    '%s in the query: 400',
    async name => {
      const { signed, answer } = createFixture()
      const target = `/v1/whoami?${name}=${'0'.repeat(64)}`
      expect(await answer(signed({ target }))).toMatchObject({ status: 400, code: 'two_credentials' })
      const alone = { ...signed({ target }), rawHeaders: ['Host', 'api.example.com'] }
      expect(await answer(alone)).toMatchObject({ status: 400, code: 'authorization_malformed' })
    },
  )

  it.each([
    [[]],
    [['X-API-Key', 'pk_live_x']],
    [['Authorization', 'Bearer abc']],
    [['Authorization', 'partner4-hmac-sha256 Credential=x']],
    [['Authorization', 'ACME4-HMAC-SHA256 Credential=x']],
  ])('none that is accepted here %j: 401 with the algorithms', async headers => {
    const { signed, answer } = createFixture()
    const refused = await answer({ ...signed(), rawHeaders: ['Host', 'api.example.com', ...headers] })
    expect(refused).toMatchObject({ status: 401, code: 'credentials_missing' })
    expect(refused.headers['www-authenticate']).toBe(
      'PARTNER4-HMAC-SHA256 realm="orders", AWS4-HMAC-SHA256 realm="orders"',
    )
  })

  it.each(['X-HTTP-Method-Override', 'x-http-method', 'X-Method-Override'])(
    '%s: 400, even signed',
    async name => {
      const { signed, answer } = createFixture()
      expect(await answer(signed({ headers: [[name, 'DELETE']] }))).toMatchObject({ code: 'method_override' })
    },
  )
})

describe('host', () => {
  it('HTTP/2: :authority takes the place of Host and must be signed as host', async () => {
    const { signed, answer } = createFixture()
    const request = signed()
    const without = { ...request, rawHeaders: request.rawHeaders.slice(2) }
    expect(await answer({ ...without, authority: 'api.example.com' })).toMatchObject({ status: 200 })
    expect(await answer({ ...without, authority: 'evil.example' })).toMatchObject({ status: 421 })
    expect(await answer({ ...request, authority: 'evil.example' })).toMatchObject({ code: 'header_invalid' })
    expect(await answer(without)).toMatchObject({ code: 'header_invalid' })
    expect(await answer(withHeader(request, ':path', '/'))).toMatchObject({ code: 'header_invalid' })
  })

  it('X-Forwarded-Host changes nothing', async () => {
    const { signed, answer } = createFixture()
    const request = signed({
      host: 'evil.example',
      unsignedHeaders: [['X-Forwarded-Host', 'api.example.com']],
    })
    expect(await answer(request)).toMatchObject({ status: 421 })
  })
})

describe('what must be signed', () => {
  it.each([
    'X-Partner-Anything',
    'X-AMZ-Copy-Source',
    'Idempotency-Key',
    'Content-Encoding',
    'Content-Digest',
  ])('%s, if present', async name => {
    const { signed, answer } = createFixture()
    const unsigned = signed({ unsignedHeaders: [[name, 'x']] })
    expect(await answer(unsigned)).toMatchObject({ status: 400, code: 'header_not_signed' })
    expect(await answer(signed({ headers: [[name, 'x']] }))).toMatchObject({ status: 200 })
  })

  it('a transport header is dropped: needs no signature, cannot be signed, is not shown', async () => {
    const { signed, answer } = createFixture({ transportHeaders: ['X-Amz-Cf-Id'] })
    const { caller } = await answer(signed({ unsignedHeaders: [['x-amz-cf-id', 'edge']] }))
    expect(caller!.signedHeaders.has('x-amz-cf-id')).toBe(false)
    const asSigned = signed({ headers: [['X-Amz-Cf-Id', 'edge']] })
    expect(await answer(asSigned)).toMatchObject({ code: 'signed_headers_invalid' })
  })

  it('a transport header cannot be one that the verifier reads', () => {
    expect(() => createFixture({ transportHeaders: ['Authorization'] })).toThrow(TypeError)
  })
})

describe('unknown key and wrong secret', () => {
  it('have byte-identical answers but for the request id, with and without a body', async () => {
    const { signed, answer } = createFixture()
    for (const body of ['', '{"a":1}']) {
      const answers = [
        await answer(signed({ body, keyId: 'nobody_here_1' })),
        await answer(signed({ body, secret: 'wrong' })),
      ].map(({ status, headers, body: problem }) => {
        const id = String(problem['requestId'])
        return JSON.stringify([status, headers, problem]).replaceAll(id, 'ID')
      })
      expect(answers[0]).toBe(answers[1])
      expect(answers[0]).toContain('"code":"invalid_credentials"')
    }
  })

  it('a key that nobody has never fits, whatever the memo and the key cache hold', async () => {
    const { signed, answer, credentials } = createFixture()
    expect(await answer(signed({ headers: [['X-Partner-Nonce', '1']] }))).toMatchObject({ status: 200 })
    expect(await answer(signed({ secret: 'wrong' }))).toMatchObject({ status: 401 })
    credentials.revoke(KEY_ID)
    expect(await answer(signed())).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })

  it('a rotated secret under the same key id ends the old one at once', async () => {
    let secret = SECRET
    const credentials = { findByKeyId: () => ({ ...CREDENTIAL, secret }) }
    const { signed, answer } = createFixture({ credentials })
    expect(await answer(signed({ headers: [['X-Partner-Nonce', '1']] }))).toMatchObject({ status: 200 })
    secret = 'the next secret'
    expect(await answer(signed())).toMatchObject({ status: 401 })
    expect(await answer(signed({ secret }))).toMatchObject({ status: 200 })
  })
})

describe('freshness', () => {
  it('tells a wrong clock only after the MAC was verified, and the time of the server', async () => {
    const { signed, answer } = createFixture()
    const stale = { timestamp: '20261121T200000Z' }
    const refused = await answer(signed(stale))
    expect(refused).toMatchObject({ status: 401, code: 'clock_skew' })
    expect(refused.headers['date']).toBe('Sat, 21 Nov 2026 23:30:40 GMT')
    expect(await answer(signed({ ...stale, secret: 'wrong' }))).toMatchObject({ code: 'invalid_credentials' })
  })

  it('a route may have a window of its own', async () => {
    const { signed, answer } = createFixture()
    const requirement = { ...WRITE, freshness: { pastSeconds: 7200, futureSeconds: 0 } }
    expect(await answer(signed({ timestamp: '20261121T220000Z' }), requirement)).toMatchObject({
      status: 200,
    })
    expect(await answer(signed({ timestamp: '20261121T233041Z' }), requirement)).toMatchObject({
      status: 401,
    })
  })

  it('a clock that is NaN lets nothing through', async () => {
    const { signed, answer, clock } = createFixture()
    clock.now = Number.NaN
    expect((await answer(signed())).status).toBeGreaterThanOrEqual(400)
  })
})

describe('resource rule and replay policy', () => {
  it('only "allow" allows; what throws is an outage', async () => {
    const { signed, answer } = createFixture()
    const ask = (resource: () => never | 'allow' | 'deny' | Promise<'allow'>) =>
      answer(signed(), { ...WRITE, resource })
    expect(await ask(() => 'deny')).toMatchObject({ status: 403, code: 'resource_denied' })
    expect(await ask(() => undefined as unknown as 'deny')).toMatchObject({ status: 403 })
    expect(
      await ask(() => {
        throw new Error('database is down')
      }),
    ).toMatchObject({ status: 503, code: 'dependency_unavailable' })
    expect(await ask(async () => 'allow' as const)).toMatchObject({ status: 200 })
  })

  it('off is honoured for GET only', async () => {
    const { signed, answer } = createFixture()
    for (const [method, second] of [
      ['GET', 200],
      ['POST', 409],
    ] as const) {
      const request = signed({ method })
      expect(await answer(request, { ...WRITE, replay: 'off' })).toMatchObject({ status: 200 })
      expect(await answer(request, { ...WRITE, replay: 'off' })).toMatchObject({ status: second })
    }
  })

  it('off does not look whether the request was used, with a quota neither', async () => {
    for (const rateLimit of [undefined, createMemoryRateLimit()]) {
      const { signed, answer } = createFixture({ rateLimit })
      const request = signed({ method: 'GET' })
      expect(await answer(request)).toMatchObject({ status: 200 })
      expect(await answer(request, { ...WRITE, replay: 'off' })).toMatchObject({ status: 200 })
      expect(await answer(request)).toMatchObject({ status: 409 })
    }
  })

  it('claims the first half of the MAC, for as long as the signature stays fresh', async () => {
    const claims: unknown[] = []
    const replay = { has: () => false, claim: (claim: unknown) => claims.push(claim) > 0 }
    const { signed, answer } = createFixture({ replay, freshness: { pastSeconds: 120, futureSeconds: 30 } })
    const request = signed()
    expect(await answer(request)).toMatchObject({ status: 200 })
    expect(claims).toEqual([
      {
        ...{ partnerId: 'acme', keyId: KEY_ID, timestamp: NOW, credentialCreatedAt: NOW - 86_400_000 },
        id: Buffer.from(request.signature.slice(0, 32), 'hex'),
        ...{ expiresAt: NOW + 150_000, futureMs: 30_000 },
      },
    ])
  })

  it('200 concurrent copies: exactly one is accepted, also when every store answers late', async () => {
    for (const late of [false, true]) {
      const base = createFixture()
      const { guard, credentials } = base
      const slow = {
        credentials: { findByKeyId: async (keyId: string) => credentials.findByKeyId(keyId) },
        replay: { has: async () => false, claim: async (claim: never) => guard.claim(claim) },
      }
      const { signed, answer } = late ? createFixture(slow) : base
      const request = signed()
      const answers = await Promise.all(Array.from({ length: 200 }, () => answer(request)))
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(199)
    }
  })

  it('a refused request can be sent again: nothing is claimed before the end', async () => {
    const { signed, answer, guard } = createFixture()
    const request = signed()
    expect(await answer(request, { scopes: ['orders:delete'] })).toMatchObject({ status: 403 })
    expect(guard.size).toBe(0)
    expect(await answer(request)).toMatchObject({ status: 200 })
  })
})

describe('quota', () => {
  it('refuses with headers, refunds a lost claim, and does not burn the request', async () => {
    const rateLimit = createMemoryRateLimit({ requests: 3, windowSeconds: 60 })
    const { signed, answer, guard } = createFixture({ rateLimit })
    const first = signed({ body: '1' })
    const { caller } = await answer(first)
    expect(caller!.quota).toMatchObject({ limit: 3, remaining: 2, windowSeconds: 60 })
    for (let i = 0; i < 5; i++) expect(await answer(first)).toMatchObject({ status: 409 })
    // Lost in the race between look-up and claim.
    const second = signed({ body: '2' })
    const both = await Promise.all([answer(second), answer(second)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(await answer(signed({ body: '3' }))).toMatchObject({ status: 200 })
    const size = guard.size
    const refused = await answer(signed({ body: '4' }))
    expect(refused).toMatchObject({ status: 429, code: 'rate_limited' })
    expect(refused.headers).toMatchObject({ 'ratelimit-policy': '"partner";q=3;w=60' })
    expect(refused.headers['ratelimit']).toMatch(/^"partner";r=0;t=\d+$/)
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    expect(guard.size).toBe(size)
  })

  it('is refunded when the guard cannot answer', async () => {
    const seen: string[] = []
    const quota = { allowed: true, limit: 9, remaining: 8, resetSeconds: 1, windowSeconds: 1 }
    const rateLimit = {
      consume: () => {
        seen.push('consume')
        return quota
      },
      refund: () => void seen.push('refund'),
    }
    const replay = {
      has: () => false,
      claim: () => {
        throw new DependencyError('replay_guard_full', { dependency: 'replay guard' })
      },
    }
    const { signed, answer } = createFixture({ rateLimit, replay })
    expect(await answer(signed())).toMatchObject({ status: 503, code: 'replay_guard_full' })
    expect(seen).toEqual(['consume', 'refund'])
  })
})

describe('outages deny and are never 401', () => {
  const down = (): never => {
    throw new Error('connection refused: password=hunter2')
  }
  const downLate = async (): Promise<never> => down()
  const has = (): boolean => false
  const rateLimit = createMemoryRateLimit()
  const audit = { recordUnauthenticated: down, close: async () => undefined }
  it.each([
    ['credential store', { credentials: { findByKeyId: down } }],
    ['credential store', { credentials: { findByKeyId: downLate } }],
    ['replay guard', { replay: { has: (): boolean => down(), claim: (): boolean => true }, rateLimit }],
    ['replay guard', { replay: { has, claim: (): boolean => down() } }],
    ['replay guard', { replay: { has, claim: (): Promise<boolean> => downLate() } }],
    ['replay guard', { replay: { has, claim: (): boolean => down() }, rateLimit }],
    ['rate limit', { rateLimit: { consume: down, refund: down } }],
    ['audit log', { audit: { ...audit, record: down } }],
    ['audit log', { audit: { ...audit, record: downLate } }],
  ])('%s', async (dependency, options) => {
    const { signed, answer, verifier } = createFixture(options)
    await expect(verifier.verify(signed(), WRITE)).rejects.toMatchObject({
      ...{ code: 'dependency_unavailable', dependency },
    })
    const refused = await answer(signed({ headers: [['X-Partner-Nonce', 'another request']] }))
    expect(refused).toMatchObject({ status: 503, code: 'dependency_unavailable' })
    expect(refused.headers['retry-after']).toBe('1')
    expect(JSON.stringify(refused)).not.toContain('hunter2')
  })

  it('resource rule', async () => {
    const { signed, verifier } = createFixture()
    await expect(verifier.verify(signed(), { ...WRITE, resource: down })).rejects.toMatchObject({
      ...{ code: 'dependency_unavailable', dependency: 'resource rule' },
    })
  })

  it('an unclear answer of a guard is a refusal', async () => {
    const unclear = (): boolean => undefined as unknown as boolean
    const { signed, answer } = createFixture({ replay: { has: () => false, claim: unclear } })
    expect(await answer(signed())).toMatchObject({ status: 409 })
  })

  it('an unreadable entry of an IP allow-list denies', async () => {
    const credentials = { findByKeyId: () => ({ ...CREDENTIAL, ipAllowList: ['not an address'] }) }
    const { signed, answer } = createFixture({ credentials })
    expect(await answer(signed())).toMatchObject({ status: 503, code: 'internal_error' })
  })
})

describe('limiter before authentication', () => {
  const limited = { preAuthLimit: { failures: 3, windowSeconds: 60 } }
  it('charges failures to the address, not the key, and gives honest requests back', async () => {
    const { signed, answer, clock } = createFixture(limited)
    const from = (address: string, i: number, secret = SECRET) =>
      answer({ ...signed({ secret, body: `${address} ${i}` }), peer: { address } })
    for (let i = 0; i < 10; i++) expect(await from('192.0.2.1', i)).toMatchObject({ status: 200 })
    for (let i = 0; i < 3; i++) expect(await from('192.0.2.1', i, 'wrong')).toMatchObject({ status: 401 })
    const refused = await from('192.0.2.1', 10)
    expect(refused).toMatchObject({ status: 429, code: 'rate_limited' })
    expect(refused.headers['retry-after']).toBe('20')
    expect(await from('192.0.2.2', 0)).toMatchObject({ status: 200 })
    clock.now += 20_000
    expect(await from('192.0.2.1', 11)).toMatchObject({ status: 200 })
  })

  it('a replayed request stays charged: whoever captured it could send it for ever', async () => {
    const { signed, answer } = createFixture(limited)
    const request = signed()
    const statuses = []
    for (let i = 0; i < 6; i++) statuses.push((await answer(request)).status)
    expect(statuses).toEqual([200, 409, 409, 409, 429, 429])
  })

  it('one /64 of IPv6 is one client; X-Forwarded-For counts from a trusted proxy only', async () => {
    const { signed, answer } = createFixture({ ...limited, trustedProxies: ['10.0.0.0/8'] })
    const fail = (address: string, forwarded?: string) =>
      answer({
        ...signed({
          secret: 'wrong',
          ...(forwarded === undefined ? {} : { unsignedHeaders: [['X-Forwarded-For', forwarded]] }),
        }),
        peer: { address },
      })
    for (let i = 0; i < 3; i++) await fail(`2001:db8:0:1::${i}`)
    expect(await fail('2001:db8:0:1:ffff::1')).toMatchObject({ status: 429 })
    expect(await fail('2001:db8:0:2::1')).toMatchObject({ status: 401 })
    for (let i = 0; i < 3; i++) await fail('203.0.113.5', `198.51.100.${i}`)
    expect(await fail('203.0.113.5', '198.51.100.9')).toMatchObject({ status: 429 })
    for (let i = 0; i < 3; i++) await fail('10.0.0.1', `1.2.3.${i}, 198.51.100.1`)
    expect(await fail('10.0.0.2', '9.9.9.9, 198.51.100.1, 10.0.0.7')).toMatchObject({ status: 429 })
    expect(await fail('10.0.0.1', '198.51.100.2')).toMatchObject({ status: 401 })
  })

  it('10,000 bad signatures leave guard and caches as they were', async () => {
    const { signed, answer, guard } = createFixture()
    const request = signed({ secret: 'wrong' })
    const head = request.rawHeaders.slice(0, -1)
    const authorization = request.rawHeaders.at(-1)!.slice(0, -8)
    for (let i = 0; i < 10_000; i++) {
      const rawHeaders = [...head, authorization + i.toString(16).padStart(8, '0')]
      expect((await answer({ ...request, rawHeaders })).status).toBe(401)
    }
    expect(guard.size).toBe(0)
  })
})

describe('audit', () => {
  it('writes every authenticated outcome, and why a credential was refused', async () => {
    const { signed, answer, audited, credentials } = createFixture()
    const request = signed()
    await answer(request)
    await answer(request)
    credentials.revoke(KEY_ID)
    await answer(signed({ body: 'x' }))
    expect(audited).toEqual([
      expect.objectContaining({ outcome: 'accepted', status: null, partner: 'acme', credential: KEY_ID }),
      expect.objectContaining({ outcome: 'request_replayed', status: 409, partner: 'acme', scheme: 'hmac' }),
      expect.objectContaining({ outcome: 'credential_revoked', status: 401, partner: 'acme' }),
    ])
    expect(audited[0]).toMatchObject({
      time: '2026-11-21T23:30:40.000Z',
      method: 'POST',
      path: '/v1/orders/A-1001/statuses',
      bodySha256: request.canonicalRequest.slice(-64),
      latencyMs: expect.any(Number),
    })
  })

  it('counts and samples the others, and never holds a secret, token, signature or header value', async () => {
    const { signed, answer, audited, verifier, clock } = createFixture()
    expect(verifier.limits.headerCount).toBe(100)
    const canary = 'c4nary'
    for (let i = 0; i < 50; i++) {
      const bad = signed({
        secret: 'wrong',
        headers: [['X-Note', canary]],
        target: `/v1/${'p'.repeat(400)}?${canary}=${i}`,
      })
      expect(await answer(bad)).toMatchObject({ status: 401 })
      expect(JSON.stringify(audited)).not.toContain(bad.signature)
    }
    clock.now += 10_000
    await answer(signed({ keyId: 'nobody_here_1' }))
    const text = JSON.stringify(audited)
    expect(audited).toHaveLength(12)
    expect(audited[10]).toMatchObject({
      kind: 'unauthenticated_summary',
      refused: { signature_mismatch: 50 },
    })
    expect(audited[11]).toMatchObject({ outcome: 'unknown_key', partner: null, credential: null })
    expect(text).not.toContain(canary)
    expect(text).not.toContain(SECRET)
    expect(text.match(/p{257}/)).toBeNull()
  })
})

describe('explain', () => {
  it('is refused in live, at construction', () => {
    const options = {
      authorities: ['a'],
      environment: 'live',
      api: 'orders',
      schemes: [hmacSignature()],
      credentials: { findByKeyId: () => undefined },
      replay: createMemoryReplayGuard({ maxEntries: 1 }),
    }
    expect(() => createRequestVerifier({ ...options, explain: true })).toThrow(/live/)
    expect(() => createRequestVerifier({ ...options, environment: 'sandbox', explain: true })).not.toThrow()
  })

  it('answers a known key that asks, and nobody else', async () => {
    const asks = [['Countersign-Explain', '1']] as const
    const { signed, answer } = createFixture({ explain: true })
    const wrong = signed({ secret: 'wrong', unsignedHeaders: asks })
    expect((await answer(wrong)).body['explanation']).toEqual({
      canonicalRequest: wrong.canonicalRequest,
      stringToSign: wrong.stringToSign,
    })
    const silent = [
      await answer(signed({ secret: 'wrong' })),
      await answer(signed({ secret: 'wrong', unsignedHeaders: [['Countersign-Explain', '0']] })),
      await answer(signed({ keyId: 'nobody_here_1', unsignedHeaders: asks })),
      await createFixture().answer(wrong),
    ]
    for (const { status, body } of silent) {
      expect(status).toBe(401)
      expect(body).not.toHaveProperty('explanation')
    }
  })
})

describe('configuration', () => {
  it.each([
    ['no authority', { authorities: [] }],
    ['an environment that is no scope word', { environment: 'a/b' }],
    ['no scheme', { schemes: [] }],
    ['a proxy that is no address', { trustedProxies: ['proxy.local'] }],
    ['a window that is no number', { freshness: { pastSeconds: Number.NaN, futureSeconds: 300 } }],
  ])('%s throws at once', (_, options) => {
    expect(() => createFixture(options)).toThrow()
  })

  it('authorities may be a rule', async () => {
    const { signed, answer } = createFixture({ authorities: host => host.endsWith('.example.com') })
    expect(await answer(signed())).toMatchObject({ status: 200 })
    expect(await answer(signed({ host: 'evil.example' }))).toMatchObject({ status: 421 })
    expect(NOW).toBe(Date.parse('2026-11-21T23:30:40Z'))
  })
})
