// DPoP proofs (RFC 9449) through the whole pipeline.
import { createHash, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { customFetch, DPoP, generateKeyPair, isDPoPNonceError, protectedResourceRequest } from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { createDpopNonces, type IncomingRequest } from '../src/index.js'
import {
  claims,
  createProof,
  createTokenLab,
  ED,
  NOW_SECONDS,
  publicJwk,
  push,
  RSA,
  type SigningPair,
  signToken,
  TARGET,
  type TokenLab,
  thumbprint,
} from './access-token-lab.js'

/** The partner's keys, not the issuer's. */
const KEY: SigningPair = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }), alg: 'ES256', kid: 'x' }
const OTHER: SigningPair = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }), alg: 'ES256', kid: 'x' }

const bound = async (pair: SigningPair = KEY): Promise<string> =>
  signToken(claims({ cnf: { jkt: await thumbprint(pair) } }))
const send = (token: string, ...proofs: readonly string[]): IncomingRequest =>
  push(
    `DPoP ${token}`,
    proofs.flatMap(proof => ['DPoP', proof]),
  )

describe('accepted', () => {
  test.each([
    ['ES256', KEY],
    ['RS256', RSA],
    ['EdDSA', ED],
  ])('%s', async (_, pair) => {
    const token = await bound(pair)
    expect((await createTokenLab().answer(send(token, await createProof(token, pair)))).status).toBe(200)
  })

  test.each([
    ['with the default port', { htu: `https://api.example.com:443${TARGET}` }],
    ['in capitals', { htu: `HTTPS://API.example.com${TARGET}` }],
    ['with query and fragment, which do not count', { htu: `https://api.example.com${TARGET}?a=b#c` }],
    ['made 299 s ago', { iat: NOW_SECONDS - 299 }],
    ['made 299 s ahead', { iat: NOW_SECONDS + 299 }],
    ['with a nonce that nobody asked for', { nonce: 'x' }],
  ])('%s', async (_, changes) => {
    const token = await bound()
    expect((await createTokenLab().answer(send(token, await createProof(token, KEY, changes)))).status).toBe(
      200,
    )
  })
})

const now = NOW_SECONDS
const REFUSED: readonly [
  name: string,
  detail: string,
  changes: Record<string, unknown>,
  header?: Record<string, unknown>,
  pair?: SigningPair,
][] = [
  ['of another key', 'dpop_key', {}, {}, OTHER],
  ['another key claims to be the bound one', 'dpop_signature', {}, { jwk: publicJwk(KEY) }, OTHER],
  ['typ JWT', 'dpop_type', {}, { typ: 'JWT' }],
  ['typ of a token', 'dpop_type', {}, { typ: 'at+jwt' }],
  ['crit', 'dpop_header_refused', {}, { b64: true, crit: ['b64'] }],
  ['jku', 'dpop_header_refused', {}, { jku: 'https://evil.example' }],
  ['no jwk', 'dpop_jwk', {}, { jwk: undefined }],
  ['a jwk that is text', 'dpop_jwk', {}, { jwk: 'key' }],
  ['a private jwk', 'dpop_jwk', {}, { jwk: KEY.privateKey.export({ format: 'jwk' }) }],
  ['a jwk of another kind', 'dpop_jwk', {}, { jwk: RSA.publicKey.export({ format: 'jwk' }) }],
  ['a jwk off the curve', 'dpop_jwk', {}, { jwk: { ...publicJwk(KEY), x: publicJwk(OTHER).x } }],
  ['no jti', 'dpop_claims', { jti: undefined }],
  ['an empty jti', 'dpop_claims', { jti: '' }],
  ['a jti of 257 characters', 'dpop_claims', { jti: 'j'.repeat(257) }],
  ['no iat', 'dpop_claims', { iat: undefined }],
  ['iat as text', 'dpop_claims', { iat: String(now) }],
  ['iat in milliseconds', 'dpop_claims', { iat: now * 1000 }],
  ['made 301 s ago', 'dpop_time', { iat: now - 301 }],
  ['made 302 s ahead', 'dpop_time', { iat: now + 302 }],
  ['another method', 'dpop_request', { htm: 'GET' }],
  ['the method in small letters', 'dpop_request', { htm: 'post' }],
  ['no method', 'dpop_request', { htm: undefined }],
  ['another path', 'dpop_request', { htu: 'https://api.example.com/v1/orders' }],
  ['a path with a slash more', 'dpop_request', { htu: `https://api.example.com${TARGET}/` }],
  ['another host', 'dpop_request', { htu: `https://evil.example${TARGET}` }],
  ['another port', 'dpop_request', { htu: `https://api.example.com:8443${TARGET}` }],
  ['a user in front of the host', 'dpop_request', { htu: `https://x@api.example.com${TARGET}` }],
  ['http', 'dpop_request', { htu: `http://api.example.com${TARGET}` }],
  ['no URL', 'dpop_request', { htu: TARGET }],
  ['no ath', 'dpop_token', { ath: undefined }],
  ['ath of another token', 'dpop_token', { ath: createHash('sha256').update('x').digest('base64url') }],
  ['ath in hex', 'dpop_token', { ath: createHash('sha256').update('x').digest('hex') }],
  ['a nonce that is a number', 'dpop_claims', { nonce: 7 }],
]

describe('a proof is refused', () => {
  test.each(REFUSED)('%s', async (_, detail, changes, header, pair = KEY) => {
    const lab = createTokenLab()
    const token = await bound()
    const answer = await lab.answer(send(token, await createProof(token, pair, changes, header)))
    expect(answer).toMatchObject({ status: 401, code: 'invalid_dpop_proof' })
    expect(answer.headers['www-authenticate']).toMatch(
      /^DPoP realm="orders", error="invalid_dpop_proof".*, algs="ES256 EdDSA Ed25519 PS256 RS256"$/,
    )
    expect(lab.audited).toMatchObject([{ outcome: detail }])
  })

  test('by an algorithm that is not on the list', async () => {
    const lab = createTokenLab({ dpop: { algorithms: ['ES256'] } })
    const [byRsa, byEc] = [await bound(RSA), await bound()]
    expect((await lab.answer(send(byRsa, await createProof(byRsa, RSA)))).code).toBe('invalid_dpop_proof')
    expect(lab.audited).toMatchObject([{ outcome: 'dpop_algorithm' }])
    expect((await lab.answer(send(byEc, await createProof(byEc, KEY)))).status).toBe(200)
  })

  test('with HS256 and the public key as secret', async () => {
    const secret = createSecretKey(Buffer.from(JSON.stringify(publicJwk(KEY))))
    const token = await bound()
    const forged = { ...KEY, alg: 'HS256', privateKey: secret }
    expect((await createTokenLab().answer(send(token, await createProof(token, forged)))).code).toBe(
      'invalid_dpop_proof',
    )
  })

  test.each([
    ['missing', []],
    ['empty', ['']],
    ['no JWT', ['x.y.z']],
    ['of 5,000 characters', ['a'.repeat(5000)]],
  ])('%s', async (_, proofs) => {
    expect((await createTokenLab().answer(send(await bound(), ...proofs))).code).toBe('invalid_dpop_proof')
  })

  test('two of them', async () => {
    const token = await bound()
    const proofs = [await createProof(token, KEY), await createProof(token, KEY)]
    expect((await createTokenLab().answer(send(token, ...proofs))).code).toBe('duplicate_header')
  })
})

describe('the token', () => {
  test('bound, sent as Bearer, is refused with and without a proof', async () => {
    const token = await bound()
    const proof = await createProof(token, KEY)
    for (const headers of [[], ['DPoP', proof]])
      expect((await createTokenLab().answer(push(`Bearer ${token}`, headers))).code).toBe('invalid_token')
  })

  test('not bound, sent as DPoP, is refused', async () => {
    const token = await signToken(claims())
    const answer = await createTokenLab().answer(send(token, await createProof(token, KEY)))
    expect(answer.code).toBe('invalid_token')
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP realm="orders", error="invalid_token"/)
  })

  test('bound, when DPoP is switched off, is refused and not taken for a bearer token', async () => {
    const token = await bound()
    const proof = await createProof(token, KEY)
    expect((await createTokenLab({ dpop: false }).answer(send(token, proof))).code).toBe('invalid_token')
    expect((await createTokenLab({ dpop: false }).answer(push(`Bearer ${token}`))).code).toBe('invalid_token')
  })

  test('bound to something else too, which nobody can check, is refused with a good proof', async () => {
    const token = await signToken(claims({ cnf: { jkt: await thumbprint(KEY), 'x5t#S512': 'A'.repeat(86) } }))
    const lab = createTokenLab()
    expect((await lab.answer(send(token, await createProof(token, KEY)))).code).toBe('invalid_token')
    expect(lab.audited).toMatchObject([{ outcome: 'token_confirmation' }])
  })

  test('bound to a certificate too, needs both', async () => {
    const certificate = Buffer.from('any bytes: who holds the key was settled by TLS')
    const x5t = createHash('sha256').update(certificate).digest('base64url')
    const token = await signToken(claims({ cnf: { jkt: await thumbprint(KEY), 'x5t#S256': x5t } }))
    const peer = { address: '192.0.2.10', certificate }
    const request = send(token, await createProof(token, KEY))
    expect((await createTokenLab().answer(request)).code).toBe('invalid_token')
    expect((await createTokenLab().answer({ ...request, peer })).status).toBe(200)
    expect((await createTokenLab().answer({ ...push(`Bearer ${token}`), peer })).code).toBe('invalid_token')
  })
})

describe('replay', () => {
  test('a proof is good once: of 50 copies one is accepted', async () => {
    const lab = createTokenLab()
    const token = await bound()
    const request = send(token, await createProof(token, KEY))
    const codes = (await Promise.all(Array.from({ length: 50 }, () => lab.answer(request)))).map(
      ({ status, code }) => code ?? status,
    )
    expect(codes.filter(code => code === 200)).toHaveLength(1)
    expect(codes.filter(code => code === 'request_replayed')).toHaveLength(49)
  })

  test('another proof with the same jti is the same proof, by another key it is not', async () => {
    const lab = createTokenLab()
    const [token, other] = [await bound(), await bound(OTHER)]
    const jti = 'same'
    expect((await lab.answer(send(token, await createProof(token, KEY, { jti })))).status).toBe(200)
    expect((await lab.answer(send(token, await createProof(token, KEY, { jti, iat: now + 1 })))).code).toBe(
      'request_replayed',
    )
    expect((await lab.answer(send(other, await createProof(other, OTHER, { jti })))).status).toBe(200)
  })

  test('a request that is refused later does not use up its proof', async () => {
    const lab = createTokenLab()
    const token = await bound()
    const request = send(token, await createProof(token, KEY))
    expect((await lab.answer(request, { scopes: ['orders:cancel'] })).code).toBe('scope_missing')
    expect((await lab.answer(request)).status).toBe(200)
  })
})

describe('nonces', () => {
  const start = async (nonce: unknown): Promise<[TokenLab, ReturnType<TokenLab['answer']>]> => {
    const lab = createTokenLab({ dpop: { nonces: createDpopNonces({ secret: Buffer.alloc(32, 1) }) } })
    const token = await bound()
    return [lab, lab.answer(send(token, await createProof(token, KEY, { nonce })))]
  }

  test.each([undefined, '', 'x', 'A'.repeat(43)])(
    '%j is answered with a good one, which then works',
    async nonce => {
      const [lab, answering] = await start(nonce)
      const answer = await answering
      expect(answer).toMatchObject({ status: 401, code: 'use_dpop_nonce', body: { retryable: true } })
      expect(answer.headers['www-authenticate']).toMatch(/^DPoP realm="orders", error="use_dpop_nonce"/)
      const good = answer.headers['dpop-nonce']
      expect(good).toMatch(/^[A-Za-z0-9_-]{43}$/)
      const token = await bound()
      expect((await lab.answer(send(token, await createProof(token, KEY, { nonce: good })))).status).toBe(200)
    },
  )

  test('a nonce is good for its time and one more, on every process with the secret', () => {
    const secret = Buffer.alloc(32, 7)
    const [one, two] = [createDpopNonces({ secret }), createDpopNonces({ secret })]
    const at = 1_700_000_000_000 - (1_700_000_000_000 % 300_000)
    const nonce = one.current(at)
    for (const later of [-1, 0, 299_999, 300_000, 599_999])
      expect(two.isGood(nonce, at + later), `${later}`).toBe(true)
    for (const later of [600_000, 86_400_000, -300_001])
      expect(two.isGood(nonce, at + later), `${later}`).toBe(false)
    expect(createDpopNonces().isGood(nonce, at)).toBe(false)
    expect(createDpopNonces({ secret, lifetimeSeconds: 60 }).isGood(nonce, at)).toBe(false)
  })

  test('a short secret is a mistake', () => {
    expect(() => createDpopNonces({ secret: Buffer.alloc(31) })).toThrow(TypeError)
  })
})

test('the proofs of oauth4webapi are accepted, with its way of fetching a nonce', async () => {
  const dpop = DPoP({}, await generateKeyPair('ES256', { extractable: true }))
  const lab = createTokenLab({ dpop: { nonces: createDpopNonces() } }, { now: Date.now })
  const iat = Math.floor(Date.now() / 1000)
  const token = await signToken(
    claims({ iat, exp: iat + 60, cnf: { jkt: await dpop.calculateThumbprint() } }),
  )
  const answerOf = async (headers: Readonly<Record<string, string>>): Promise<Response> => {
    const { authorization = '', dpop: proof = '' } = headers
    const { status, headers: answered } = await lab.answer(push(authorization, ['DPoP', proof]))
    return new Response('{}', { status, headers: answered })
  }
  const call = (): Promise<Response> =>
    protectedResourceRequest(
      token,
      'POST',
      new URL(`https://api.example.com${TARGET}`),
      new Headers(),
      '{}',
      {
        DPoP: dpop,
        [customFetch]: (_url: string, options: { headers: Record<string, string> }) =>
          answerOf(options.headers),
      },
    )
  const first: unknown = await call().catch((error: unknown) => error)
  expect(isDPoPNonceError(first)).toBe(true)
  expect((await call()).status).toBe(200)
})
