// Access tokens through the whole pipeline: what is accepted, and every hostile token that could be thought of.
import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { CompactSign } from 'jose'
import { validateJwtAccessToken } from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { accessToken, createMemoryRevocationList, createTrustedIssuers } from '../src/index.js'
import {
  AUDIENCE,
  BINDING,
  claims,
  createTokenLab,
  EC,
  ED,
  FOREIGN,
  ISSUER,
  JWKS,
  NOW_SECONDS,
  publicJwk,
  push,
  RSA,
  type SigningPair,
  SUBJECT,
  signToken,
} from './access-token-lab.js'
import { NOW, WRITE } from './fixture.js'

const bearer = (token: string): ReturnType<typeof push> => push(`Bearer ${token}`)

describe('accepted', () => {
  test.each([
    ['ES256', EC],
    ['RS256', RSA],
    ['EdDSA', ED],
  ])('%s', async (_, pair) => {
    const lab = createTokenLab()
    const { status, caller } = await lab.answer(bearer(await signToken(claims(), pair)))
    expect(status).toBe(200)
    expect(caller).toMatchObject({ partnerId: 'acme', credentialId: BINDING.keyId, scheme: 'access-token' })
    expect([...caller!.scopes]).toEqual(['orders:status:write'])
  })

  test.each([
    ['several audiences', claims({ aud: ['https://other.example', AUDIENCE] }), {}],
    ['the media type in full and in capitals', claims(), { typ: 'application/AT+JWT' }],
    ['no kid, when one key fits', claims(), { kid: undefined }],
    ['a header member that means nothing here', claims(), { 'pi.atm': 'x' }],
    ['expired for less than the tolerance', claims({ exp: NOW_SECONDS - 29 }), {}],
    ['issued ahead by less than the tolerance', claims({ iat: NOW_SECONDS + 30 }), {}],
  ])('%s', async (_, payload, header) => {
    expect((await createTokenLab().answer(bearer(await signToken(payload, EC, header)))).status).toBe(200)
  })

  test('the scheme is read in any case, and blanks around the token', async () => {
    const token = await signToken(claims())
    expect((await createTokenLab().answer(push(`bEARER   ${token} `))).status).toBe(200)
  })

  test('a token is good for many requests, and is verified once', async () => {
    const lab = createTokenLab()
    const token = await signToken(claims())
    for (let i = 0; i < 3; i++) expect((await lab.answer(bearer(token))).status).toBe(200)
  })

  test('scopes are those of token and binding', async () => {
    const lab = createTokenLab()
    const token = await signToken(claims({ scope: 'orders:read admin' }))
    const { caller } = await lab.answer(bearer(token), { scopes: [] })
    expect([...caller!.scopes]).toEqual(['orders:read'])
    const refused = await lab.answer(bearer(token), WRITE)
    expect(refused).toMatchObject({ status: 403, code: 'scope_missing' })
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="orders:status:write"',
    )
  })
})

const SECRET_OF_PUBLIC_KEY = createSecretKey(EC.publicKey.export({ format: 'pem', type: 'spki' }) as Buffer)
const unsigned = (header: object, payload: unknown = claims(), signature = ''): string =>
  `${encode(header)}.${encode(payload)}.${signature}`
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

type Hostile = readonly [name: string, token: () => Promise<string>, detail: string]
const signed = (
  name: string,
  detail: string,
  changes: Record<string, unknown>,
  header: Record<string, unknown> = {},
  pair: SigningPair = EC,
): Hostile => [name, () => signToken(claims(changes), pair, header), detail]

const HOSTILE: readonly Hostile[] = [
  // Algorithms.
  ['alg none, no signature', async () => unsigned({ alg: 'none', typ: 'at+jwt' }), 'token_signature'],
  [
    'alg None with a signature',
    async () => unsigned({ alg: 'None', typ: 'at+jwt' }, claims(), 'AAAA'),
    'token_algorithm',
  ],
  [
    'alg nOnE with a kid',
    async () => unsigned({ alg: 'nOnE', typ: 'at+jwt', kid: 'ec-1' }, claims(), 'AAAA'),
    'token_algorithm',
  ],
  [
    'HS256 with the public key as secret (alg confusion)',
    () =>
      new CompactSign(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader({ alg: 'HS256', kid: 'ec-1', typ: 'at+jwt' })
        .sign(SECRET_OF_PUBLIC_KEY),
    'token_algorithm',
  ],
  [
    'HS256 with the public JWK as secret',
    async () => {
      const input = unsigned({ alg: 'HS256', kid: 'rsa-1', typ: 'at+jwt' }).slice(0, -1)
      return `${input}.${createHmac('sha256', JSON.stringify(publicJwk(RSA)))
        .update(input)
        .digest('base64url')}`
    },
    'token_algorithm',
  ],
  signed('PS256 by a key that is published for RS256', 'token_key_unknown', {}, { alg: 'PS256' }, RSA),
  [
    'RS256 named for a P-256 key',
    async () => unsigned({ alg: 'RS256', kid: 'ec-1', typ: 'at+jwt' }, claims(), 'AAAA'),
    'token_key_unknown',
  ],
  signed('an algorithm that is known and not allowed', 'token_algorithm', {}, { alg: 'RS512' }, RSA),
  [
    'an alg named constructor',
    async () => unsigned({ alg: 'constructor', typ: 'at+jwt' }, claims(), 'AAAA'),
    'token_algorithm',
  ],
  [
    'an alg that is no string',
    async () => unsigned({ alg: ['ES256'], typ: 'at+jwt' }, claims(), 'AAAA'),
    'token_malformed',
  ],
  // Header members.
  signed('crit', 'token_header_refused', {}, { b64: true, crit: ['b64'] }),
  [
    'crit that is empty',
    async () => unsigned({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt', crit: [] }, claims(), 'AAAA'),
    'token_header_refused',
  ],
  signed('jku', 'token_header_refused', {}, { jku: 'https://evil.example/jwks' }, FOREIGN),
  signed('x5u', 'token_header_refused', {}, { x5u: 'https://evil.example/chain.pem' }, FOREIGN),
  signed('x5c', 'token_header_refused', {}, { x5c: ['MIIB'] }, FOREIGN),
  signed('jwk of its own', 'token_header_refused', {}, { jwk: publicJwk(FOREIGN) }, FOREIGN),
  signed('jwk of its own, null', 'token_header_refused', {}, { jwk: null }),
  signed('zip', 'token_header_refused', {}, { zip: 'DEF' }),
  signed('typ JWT', 'token_type', {}, { typ: 'JWT' }),
  signed('typ of an id token', 'token_type', {}, { typ: undefined }),
  signed('typ of a DPoP proof', 'token_type', {}, { typ: 'dpop+jwt' }),
  signed('typ that only begins so', 'token_type', {}, { typ: 'at+jwt;x' }),
  // Key ids.
  signed('a kid that nobody published', 'token_key_unknown', {}, { kid: 'other' }),
  signed('kid with a path', 'token_kid_invalid', {}, { kid: '../../dev/null' }),
  signed('kid with SQL', 'token_kid_invalid', {}, { kid: "x' UNION SELECT 'secret" }),
  signed('kid with NUL', 'token_kid_invalid', {}, { kid: 'ec-1\0' }),
  signed('kid with a shell', 'token_kid_invalid', {}, { kid: '|whoami' }),
  signed('kid that is empty', 'token_kid_invalid', {}, { kid: '' }),
  signed('kid of 129 characters', 'token_kid_invalid', {}, { kid: 'k'.repeat(129) }),
  signed('kid of 128 characters', 'token_key_unknown', {}, { kid: 'k'.repeat(128) }),
  signed('kid __proto__', 'token_key_unknown', {}, { kid: '__proto__' }),
  [
    'kid that is a number',
    async () => unsigned({ alg: 'ES256', kid: 1, typ: 'at+jwt' }, claims(), 'AAAA'),
    'token_kid_invalid',
  ],
  // Signatures.
  signed('signed by another key under a known kid', 'token_signature', {}, {}, FOREIGN),
  [
    'a changed payload',
    async () => swapPayload(await signToken(claims()), claims({ scope: 'admin' })),
    'token_signature',
  ],
  [
    'a changed header',
    async () =>
      (await signToken(claims())).replace(
        /^[^.]+/,
        encode({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt', x: 1 }),
      ),
    'token_signature',
  ],
  ['a signature cut short', async () => (await signToken(claims())).slice(0, -2), 'token_signature'],
  ['no signature', async () => (await signToken(claims())).replace(/[^.]+$/, ''), 'token_signature'],
  [
    'a signature of zeros',
    async () => (await signToken(claims())).replace(/[^.]+$/, 'A'.repeat(86)),
    'token_signature',
  ],
  ['padding', async () => `${await signToken(claims())}==`, 'token_malformed'],
  [
    'unused bits of the last character',
    async () => flipUnusedBits(await signToken(claims())),
    'token_malformed',
  ],
  ['four parts', async () => `${await signToken(claims())}.AAAA`, 'token_malformed'],
  [
    'five parts (JWE)',
    async () => `${encode({ alg: 'dir', enc: 'A256GCM' })}.AA.AA.AA.AA`,
    'token_malformed',
  ],
  ['two parts', async () => unsigned({ alg: 'ES256' }).slice(0, -1), 'token_malformed'],
  ['an opaque token', async () => 'opaque', 'token_malformed'],
  ['a header that is no JSON', async () => 'AAAA.AAAA.AAAA', 'token_malformed'],
  ['a header that is an array', async () => `${encode([])}.${encode(claims())}.AAAA`, 'token_malformed'],
  ['a payload that is no JSON', () => signToken('text'), 'token_malformed'],
  ['a payload that is null', () => signToken('null'), 'token_malformed'],
  [
    'a payload that is not UTF-8',
    async () => `${encode({ alg: 'ES256', typ: 'at+jwt' })}._w.AAAA`,
    'token_malformed',
  ],
  ['1,000 dots', async () => '.'.repeat(1000), 'token_malformed'],
  // Issuer.
  signed(
    'an issuer that is not on the list',
    'token_issuer_unknown',
    { iss: 'https://evil.example' },
    {},
    FOREIGN,
  ),
  signed('the issuer with a slash', 'token_issuer_unknown', { iss: `${ISSUER}/` }),
  signed('the issuer in capitals', 'token_issuer_unknown', { iss: ISSUER.toUpperCase() }),
  signed('the issuer with a user in front', 'token_issuer_unknown', {
    iss: 'https://login.acme.example@evil.example',
  }),
  signed('the issuer in a list', 'token_issuer_unknown', { iss: [ISSUER] }),
  signed('no issuer', 'token_issuer_unknown', { iss: undefined }),
  [
    'the issuer twice, the last one counts',
    () => signToken(JSON.stringify(claims()).replace(/}$/, ',"iss":"https://evil.example"}')),
    'token_issuer_unknown',
  ],
  // Claims.
  signed('another audience', 'token_audience', { aud: 'https://other.example' }),
  signed('an audience that only begins so', 'token_audience', { aud: `${AUDIENCE}.evil.example` }),
  signed('no audience', 'token_claims', { aud: undefined }),
  signed('an empty list of audiences', 'token_audience', { aud: [] }),
  signed('a list of audiences with a number', 'token_claims', { aud: [AUDIENCE, 7] }),
  signed('expired', 'token_expired', { exp: NOW_SECONDS - 30 }),
  signed('no exp', 'token_claims', { exp: undefined }),
  signed('exp as text', 'token_claims', { exp: String(NOW_SECONDS + 60) }),
  [
    'exp that is infinite',
    () => signToken(JSON.stringify(claims({ exp: 1 })).replace('"exp":1', '"exp":1e400')),
    'token_claims',
  ],
  signed('exp in milliseconds', 'token_claims', { exp: NOW_SECONDS * 1000 }),
  signed('exp below zero', 'token_claims', { exp: -1 }),
  signed('nbf ahead', 'token_not_yet_valid', { nbf: NOW_SECONDS + 31 }),
  signed('nbf as text', 'token_claims', { nbf: '0' }),
  signed('iat ahead', 'token_not_yet_valid', { iat: NOW_SECONDS + 31 }),
  signed('no iat', 'token_claims', { iat: undefined }),
  signed('no sub', 'token_claims', { sub: undefined }),
  signed('an empty sub', 'token_claims', { sub: '' }),
  signed('a sub that is an object', 'token_claims', { sub: {} }),
  signed('a sub of 513 characters', 'token_claims', { sub: 's'.repeat(513) }),
  signed('no client_id', 'token_claims', { client_id: undefined }),
  signed('no jti', 'token_claims', { jti: undefined }),
  signed('scope as a list', 'token_claims', { scope: ['orders:status:write'] }),
  signed('scope with two blanks', 'token_claims', { scope: 'orders:read  orders:status:write' }),
  signed('101 scopes', 'token_claims', { scope: Array.from({ length: 101 }, (_, i) => `s${i}`).join(' ') }),
  signed('a subject without a binding', 'token_subject_unknown', { sub: 'someone' }),
  signed('a partner claim is no partner', 'token_subject_unknown', {
    sub: 'someone',
    partner: 'acme',
    partnerId: 'acme',
  }),
  // Confirmation.
  signed('cnf that is empty', 'token_confirmation', { cnf: {} }),
  signed('cnf that is text', 'token_confirmation', { cnf: 'jkt' }),
  signed('cnf that is null', 'token_confirmation', { cnf: null }),
  signed('cnf with an unknown member', 'token_confirmation', { cnf: { kid: 'x' } }),
  signed('cnf with jkt and an unknown member', 'token_confirmation', {
    cnf: { jkt: 'A'.repeat(43), jwk: {} },
  }),
  signed('cnf with a jkt of wrong length', 'token_confirmation', { cnf: { jkt: 'A' } }),
  signed('cnf jkt, sent as Bearer', 'token_confirmation', { cnf: { jkt: 'A'.repeat(43) } }),
  signed('cnf x5t#S256, without a certificate', 'token_confirmation', {
    cnf: { 'x5t#S256': 'A'.repeat(43) },
  }),
]

describe('refused', () => {
  test.each(HOSTILE)('%s', async (_, make, detail) => {
    const lab = createTokenLab()
    const token = await make()
    const { status, code, headers, body } = await lab.answer(bearer(token))
    expect(lab.audited).toHaveLength(1)
    const [record] = lab.audited as { outcome: string }[]
    expect(record?.outcome).toBe(detail)
    expect({ status, code }).toEqual({ status: 401, code: 'invalid_token' })
    expect(headers['www-authenticate']).toMatch(/^Bearer realm="orders", error="invalid_token"/)
    // Not one part of a token is in what is answered or kept.
    const told = JSON.stringify([headers, body, lab.audited])
    for (const part of token.split('.').filter(part => part.length > 3)) expect(told).not.toContain(part)
  })

  test('a token of 64 KiB, and a kid of 64 KiB, are stopped by the limits', async () => {
    const huge = await signToken(claims(), EC, { kid: 'k'.repeat(65_536) })
    expect(await createTokenLab().answer(bearer(huge))).toMatchObject({ status: 431 })
    const limits = { headerBytes: 1_000_000, authorizationBytes: 1_000_000 }
    const lab = createTokenLab({}, { limits })
    expect(await lab.answer(bearer(huge))).toMatchObject({ status: 401, code: 'invalid_token' })
    expect(lab.audited).toMatchObject([{ outcome: 'token_too_large' }])
    const wide = createTokenLab({ maxTokenLength: 1_000_000 }, { limits })
    expect(await wide.answer(bearer(huge))).toMatchObject({ status: 401, code: 'invalid_token' })
    expect(wide.audited).toMatchObject([{ outcome: 'token_kid_invalid' }])
  })

  test.each(['Bearer', 'Bearer ', 'DPoP', 'Bearer a b', 'Bearer "x"', 'Bearer a,b', 'Bearer é'])(
    'the form %j',
    async authorization => {
      expect(await createTokenLab().answer(push(authorization))).toMatchObject({
        status: 400,
        code: 'authorization_malformed',
      })
    },
  )

  test('a token in the query or in a second header is none', async () => {
    const token = await signToken(claims())
    const { code } = await createTokenLab().answer({
      ...push(''),
      target: `/v1/order-statuses?access_token=${token}`,
      rawHeaders: ['Host', 'api.example.com'],
    })
    expect(code).toBe('credentials_missing')
    expect((await createTokenLab().answer(push(`Bearer ${token}`, ['Authorization', 'Bearer x']))).code).toBe(
      'duplicate_header',
    )
    expect((await createTokenLab().answer(push(`Bearer ${token}`, ['X-API-Key', 'x']))).code).toBe(
      'two_credentials',
    )
  })

  test('without a token, both ways to send one are offered', async () => {
    const { headers } = await createTokenLab().answer({
      ...push(''),
      rawHeaders: ['Host', 'api.example.com'],
    })
    expect(headers['www-authenticate']).toContain('Bearer realm="orders", DPoP realm="orders", algs="ES256 ')
  })

  test('what a stranger may know: an unknown issuer, key, signature and subject look alike', async () => {
    const bodies = await Promise.all(
      [
        signToken(claims({ iss: 'https://evil.example' }), FOREIGN),
        signToken(claims(), FOREIGN, { kid: 'other' }),
        signToken(claims(), FOREIGN),
        signToken(claims({ sub: 'someone' })),
      ].map(async token => {
        const { headers, body } = await createTokenLab().answer(bearer(await token))
        return JSON.stringify([
          { ...headers, 'x-request-id': '' },
          { ...body, requestId: '' },
        ])
      }),
    )
    expect(new Set(bodies).size).toBe(1)
  })

  test('its holder is told that it has expired', async () => {
    const token = await signToken(claims({ exp: NOW_SECONDS - 60 }))
    const { body, headers } = await createTokenLab().answer(bearer(token))
    expect(body['detail']).toBe('The access token has expired. Get a new one.')
    expect(headers['www-authenticate']).toContain(
      'error_description="The access token has expired. Get a new one."',
    )
  })
})

describe('binding', () => {
  test.each([
    ['revoked', { state: 'revoked' }, 'credential_revoked'],
    ['of another environment', { environment: 'live' }, 'credential_environment'],
    ['expired', { notAfter: 1 }, 'credential_expired'],
  ] as const)('%s', async (_, change, detail) => {
    const lab = createTokenLab({}, { credentials: { findByKeyId: () => ({ ...BINDING, ...change }) } })
    expect(await lab.answer(bearer(await signToken(claims())))).toMatchObject({
      status: 401,
      code: 'invalid_credentials',
    })
    expect(lab.audited).toMatchObject([{ outcome: detail, partner: 'acme', scheme: 'access-token' }])
  })

  test.each([
    ['of another kind', { ...BINDING, kind: 'api-key', secretSha256: '' }],
    ['of another subject', { ...BINDING, subject: 'other' }],
    ['of another issuer', { ...BINDING, issuer: 'https://other.example' }],
  ] as const)('a credential %s under this key id is not it', async (_, credential) => {
    const lab = createTokenLab({}, { credentials: { findByKeyId: () => credential } })
    expect((await lab.answer(bearer(await signToken(claims())))).code).toBe('invalid_token')
  })

  test('a store that is out is 503', async () => {
    const lab = createTokenLab({}, { credentials: { findByKeyId: () => Promise.reject(new Error('down')) } })
    expect(await lab.answer(bearer(await signToken(claims())))).toMatchObject({
      status: 503,
      code: 'dependency_unavailable',
    })
  })

  test('the same subject of two issuers is two subjects', async () => {
    const lab = createTokenLab()
    const other = 'https://id.other.example'
    lab.issuers.add({ issuer: other, jwks: { keys: [publicJwk(FOREIGN)] } })
    expect((await lab.answer(bearer(await signToken(claims({ iss: other }), FOREIGN)))).code).toBe(
      'invalid_token',
    )
    // Nor does one issuer's key open the other's name.
    expect((await lab.answer(bearer(await signToken(claims(), FOREIGN)))).code).toBe('invalid_token')
  })
})

describe('kept tokens', () => {
  test('a token ends at its time although it is kept', async () => {
    const lab = createTokenLab({ clockToleranceSeconds: 0 })
    const token = await signToken(claims({ exp: NOW_SECONDS + 20 }))
    expect((await lab.answer(bearer(token))).status).toBe(200)
    lab.clock.now += 20_000
    expect((await lab.answer(bearer(token))).code).toBe('invalid_token')
  })

  test('a revoked token is refused with the next request, and so is an older one of a revoked client', async () => {
    const revocations = createMemoryRevocationList()
    const lab = createTokenLab({ revocations })
    const [first, second] = [await signToken(claims({ jti: 'one' })), await signToken(claims({ jti: 'two' }))]
    expect((await lab.answer(bearer(first))).status).toBe(200)
    expect((await lab.answer(bearer(second))).status).toBe(200)
    revocations.revokeToken({ issuer: ISSUER, tokenId: 'one', expiresAt: Number.MAX_SAFE_INTEGER })
    expect((await lab.answer(bearer(first))).code).toBe('invalid_token')
    expect((await lab.answer(bearer(second))).status).toBe(200)
    revocations.revokeClient({ issuer: ISSUER, clientId: SUBJECT, issuedUpTo: (NOW_SECONDS - 10) * 1000 })
    expect((await lab.answer(bearer(second))).code).toBe('invalid_token')
    expect((await lab.answer(bearer(await signToken(claims({ iat: NOW_SECONDS }))))).status).toBe(200)
  })

  test.each([
    ['throws', () => Promise.reject(new Error('down')), 503],
    ['answers with something else', async () => undefined as unknown as boolean, 401],
  ])('a revocation list that %s does not let a token through', async (_, isRevoked, status) => {
    const lab = createTokenLab({ revocations: { isRevoked } })
    expect((await lab.answer(bearer(await signToken(claims())))).status).toBe(status)
  })

  test('an issuer that is taken from the list takes its kept tokens with it, also when it comes back', async () => {
    const lab = createTokenLab()
    const token = await signToken(claims())
    expect((await lab.answer(bearer(token))).status).toBe(200)
    expect(lab.issuers.remove(ISSUER)).toBe(true)
    expect((await lab.answer(bearer(token))).code).toBe('invalid_token')
    lab.issuers.add({ issuer: ISSUER, jwks: { keys: [{ ...publicJwk(FOREIGN), kid: 'new' }] } })
    expect((await lab.answer(bearer(token))).code).toBe('invalid_token')
  })

  test('every token is verified by itself: no two share a place', async () => {
    const lab = createTokenLab()
    const good = await signToken(claims())
    expect((await lab.answer(bearer(good))).status).toBe(200)
    for (let i = 0; i < good.length; i += 7) {
      const changed = good.slice(0, i) + (good[i] === 'A' ? 'B' : 'A') + good.slice(i + 1)
      expect((await lab.answer(bearer(changed))).status, `position ${i}`).toBe(401)
    }
  })
})

describe('differential: oauth4webapi.validateJwtAccessToken', () => {
  // It reads the wall clock, so that one is set to the tests' time.
  beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
  afterAll(() => void vi.useRealTimers())
  const now = NOW_SECONDS
  // Where this verifier is stricter: what follows was accepted by the other one, from the right key.
  const ACCEPTED_THERE = [
    ...['jwk of its own, null', 'zip', 'padding', 'unused bits of the last character'],
    ...['a list of audiences with a number', 'exp that is infinite', 'exp in milliseconds', 'iat ahead'],
    ...['an empty sub', 'a sub of 513 characters', 'scope as a list', 'scope with two blanks', '101 scopes'],
    ...['a subject without a binding', 'a partner claim is no partner', 'cnf that is empty'],
  ]

  async function accepts(token: string): Promise<boolean> {
    const as = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }
    const { customFetch } = await import('oauth4webapi')
    const request = new Request('https://api.example.com/v1/order-statuses', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    return validateJwtAccessToken(as, request, AUDIENCE, {
      [customFetch]: async () => Response.json(JWKS),
    }).then(
      () => true,
      () => false,
    )
  }

  test('both refuse the hostile tokens', async () => {
    const accepted: string[] = []
    for (const [name, make] of HOSTILE) if (await accepts(await make())) accepted.push(name)
    expect(accepted).toEqual(ACCEPTED_THERE)
  })

  test('both accept and refuse the same tokens of today', async () => {
    const lab = createTokenLab()
    const cases: readonly [Record<string, unknown>, Record<string, unknown>?, SigningPair?][] = [
      [{}],
      [{}, {}, RSA],
      [{}, {}, ED],
      [{ aud: [AUDIENCE, 'x'] }],
      [{ aud: 'x' }],
      [{}, { typ: 'application/at+jwt' }],
      [{}, { typ: 'JWT' }],
      [{ exp: now - 60 }],
      [{ nbf: now + 60 }],
      [{ nbf: now - 60 }],
      [{ client_id: undefined }],
      [{ jti: undefined }],
      [{ sub: undefined }],
      [{ iat: undefined }],
      [{ cnf: { jkt: 'A'.repeat(43) } }],
      [{}, {}, FOREIGN],
    ]
    let accepted = 0
    for (const [changes, header, pair] of cases) {
      const token = await signToken(claims({ iat: now, exp: now + 300, ...changes }), pair, header)
      const { status } = await lab.answer(bearer(token))
      expect(status === 200, JSON.stringify([changes, header])).toBe(await accepts(token))
      if (status === 200) accepted++
    }
    expect(accepted).toBe(6)
  })
})

describe('configuration', () => {
  const key = publicJwk(EC)
  test.each([
    ['http', { issuer: 'http://login.example', jwks: JWKS }],
    ['http on loopback without saying so', { issuer: 'http://127.0.0.1:80', jwks: JWKS }],
    [
      'http beyond loopback, whatever is said',
      { issuer: 'http://login.example', jwks: JWKS, unsafeAllowLoopback: true },
    ],
    ['no URL', { issuer: 'login', jwks: JWKS }],
    ['a query', { issuer: 'https://login.example?x=1', jwks: JWKS }],
    ['a fragment', { issuer: 'https://login.example#x', jwks: JWKS }],
    ['keys over http', { issuer: 'https://login.example', jwksUri: 'http://login.example/jwks' }],
    ['keys at a private address', { issuer: 'https://login.example', jwksUri: 'https://10.0.0.1/jwks' }],
    [
      'keys at the metadata service',
      { issuer: 'https://login.example', jwksUri: 'https://169.254.169.254/' },
    ],
    ['keys at a decimal address', { issuer: 'https://login.example', jwksUri: 'https://2130706433/' }],
    ['keys at ::ffff:127.0.0.1', { issuer: 'https://login.example', jwksUri: 'https://[::ffff:127.0.0.1]/' }],
    ['keys with a password', { issuer: 'https://login.example', jwksUri: 'https://u:p@login.example/' }],
    [
      'two sources of keys',
      { issuer: 'https://login.example', jwks: JWKS, jwksUri: 'https://login.example/k' },
    ],
    ['no source of keys', { issuer: 'https://login.example' }],
    ['no keys', { issuer: 'https://login.example', jwks: { keys: [] } }],
    ['a symmetric key', { issuer: 'https://login.example', jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['HS256', { issuer: 'https://login.example', jwks: JWKS, algorithms: ['HS256' as 'RS256'] }],
    ['none', { issuer: 'https://login.example', jwks: JWKS, algorithms: ['none' as 'RS256'] }],
    ['no algorithm', { issuer: 'https://login.example', jwks: JWKS, algorithms: [] }],
    [
      'times that do not fit',
      { issuer: 'https://login.example', jwksUri: 'https://l.example', jwksTimes: { maxAgeSeconds: 1 } },
    ],
  ])('%s is told at once', (_, issuer) => {
    expect(() => accessToken({ issuers: [issuer], audience: AUDIENCE })).toThrow(TypeError)
  })

  test('one issuer has one source of keys', () => {
    const issuers = createTrustedIssuers([{ issuer: ISSUER, jwks: { keys: [key] } }])
    expect(() => issuers.add({ issuer: ISSUER, jwksUri: 'https://evil.example/jwks' })).toThrow(
      /known already/,
    )
  })

  test.each(['', []])('the audience %j', audience => {
    expect(() => accessToken({ issuers: [], audience })).toThrow(TypeError)
  })

  test('a key of 1024 bits is none', async () => {
    const pair = { ...generateKeyPairSync('rsa', { modulusLength: 1024 }), alg: 'RS256', kid: 'small' }
    const lab = createTokenLab()
    lab.issuers.remove(ISSUER)
    lab.issuers.add({ issuer: ISSUER, jwks: { keys: [publicJwk(pair)] } })
    const input = `${encode({ alg: 'RS256', kid: 'small', typ: 'at+jwt' })}.${encode(claims())}`
    const { sign } = await import('node:crypto')
    const token = `${input}.${sign('sha256', Buffer.from(input), pair.privateKey).toString('base64url')}`
    expect((await lab.answer(bearer(token))).code).toBe('invalid_token')
  })

  test('requireBinding refuses tokens that anyone can use', async () => {
    const lab = createTokenLab({ requireBinding: true })
    expect((await lab.answer(bearer(await signToken(claims())))).code).toBe('invalid_token')
    expect(lab.audited).toMatchObject([{ outcome: 'token_unbound' }])
  })

  test('canonicalEncoding: false takes padding, and still no other signature', async () => {
    const lab = createTokenLab({ canonicalEncoding: false })
    expect((await lab.answer(bearer(flipUnusedBits(await signToken(claims()))))).status).toBe(200)
    expect((await lab.answer(bearer(await signToken(claims(), FOREIGN)))).code).toBe('invalid_token')
  })
})

function swapPayload(token: string, payload: unknown): string {
  const [header, , signature] = token.split('.')
  return `${header}.${encode(payload)}.${signature}`
}

/** 64 bytes leave four unused bits in the last of 86 characters: it can be written in 16 ways. */
function flipUnusedBits(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(token.at(-1)!)
  return token.slice(0, -1) + alphabet[last ^ 1]
}
