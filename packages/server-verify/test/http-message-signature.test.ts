// RFC 9421 through the whole pipeline: what is accepted, what is refused and in which words, what is kept.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hmacSignature, httpMessageSignature, type IncomingRequest } from '../src/index.js'
import { createFixture, type Fixture, NOW } from './fixture.js'
import {
  ED25519,
  ED25519_KEY_ID,
  headerOf,
  httpSignatureCredentials,
  P256,
  P256_KEY_ID,
  SIGNED_AT,
  signHttp,
  spki,
  withHeader,
} from './independent-http-signer.js'

function createHttpFixture(options: Parameters<typeof createFixture>[0] = {}): Fixture {
  const fixture = createFixture({ schemes: [hmacSignature(), httpMessageSignature()], ...options })
  for (const credential of httpSignatureCredentials(NOW - 86_400_000)) fixture.credentials.add(credential)
  return fixture
}

const parametersWith = (change: Readonly<Record<string, string>>): string =>
  Object.entries({
    created: String(SIGNED_AT),
    expires: String(SIGNED_AT + 300),
    nonce: '"00112233445566778899aabbccddeeff"',
    keyid: `"${ED25519_KEY_ID}"`,
    tag: '"partner-orders-v1"',
    ...change,
  })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `;${name}=${value}`)
    .join('')

describe('a signed request', () => {
  it.each([
    ['Ed25519', ED25519.privateKey, ED25519_KEY_ID],
    ['P-256', P256.privateKey, P256_KEY_ID],
  ])('by %s is accepted once, and not again', async (_, key, keyId) => {
    const { answer } = createHttpFixture()
    const request = signHttp({
      key,
      headers: [
        ['X-Partner-Note', ' a  b '],
        ['Accept', '*/*'],
      ],
    })
    const { status, caller } = await answer(request)
    expect(status).toBe(200)
    expect(caller).toMatchObject({ partnerId: 'acme', credentialId: keyId, scheme: 'http-signature' })
    expect(Object.fromEntries(caller!.signedHeaders)).toEqual({
      host: 'api.example.com',
      'content-type': 'application/json',
      'content-digest': headerOf(request, 'Content-Digest'),
      'x-partner-note': 'a  b',
      accept: '*/*',
    })
    expect(await answer(request)).toMatchObject({ status: 409, code: 'request_replayed' })
  })

  it('without a body needs no digest; with a query signs it', async () => {
    const { answer } = createHttpFixture()
    const get = signHttp({ method: 'GET', body: '', target: '/v1/orders?limit=5' })
    expect(await answer(get)).toMatchObject({ status: 200 })
    expect(await answer({ ...get, target: '/v1/orders?limit=6' })).toMatchObject({ status: 401 })
  })

  it('shows unsigned headers to nobody', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    const { caller } = await answer({ ...request, rawHeaders: [...request.rawHeaders, 'X-Note', 'unsigned'] })
    expect(caller!.signedHeaders.has('x-note')).toBe(false)
  })

  it('leaves evidence in the audit record that a third party can check', async () => {
    const { answer, audited } = createHttpFixture()
    const request = signHttp({ key: P256.privateKey })
    await answer(request)
    expect(audited.at(-1)).toMatchObject({
      ...{ outcome: 'accepted', scheme: 'http-signature', credential: P256_KEY_ID },
      bodySha256: createHash('sha256').update(request.body).digest('hex'),
      evidence: {
        signatureInput: headerOf(request, 'Signature-Input'),
        signature: headerOf(request, 'Signature'),
        signatureBase: expect.stringContaining('"@path": /v1/orders/A-1001/statuses\n'),
        algorithm: 'ecdsa-p256-sha256',
        publicKey: spki(P256.publicKey),
        ...{ keyId: P256_KEY_ID, keyNotBefore: null, keyNotAfter: null },
        receivedAt: '2026-11-21T23:30:40.000Z',
        body: request.body.length === 0 ? '' : Buffer.from(request.body).toString('base64'),
      },
    })
  })

  it('leaves out the body if it is kept elsewhere', async () => {
    const { answer } = createHttpFixture({ schemes: [httpMessageSignature({ keepBody: false })] })
    const { caller } = await answer(signHttp())
    expect(caller!.evidence).toMatchObject({
      body: null,
      signatureBase: expect.stringContaining('"content-digest": sha-256=:'),
    })
  })

  it('with the other half of a P-256 signature (n - s) is still the same request', async () => {
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const { answer } = createHttpFixture()
    const request = signHttp({ key: P256.privateKey })
    const raw = Buffer.from(/:(.*):/.exec(headerOf(request, 'Signature'))![1]!, 'base64')
    const s = n - BigInt(`0x${raw.subarray(32).toString('hex')}`)
    const flipped = Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    expect(await answer(request)).toMatchObject({ status: 200 })
    expect(
      await answer(withHeader(request, 'Signature', `sig1=:${flipped.toString('base64')}:`)),
    ).toMatchObject({
      status: 409,
    })
  })

  it('under another label is the same request', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    expect(await answer(request)).toMatchObject({ status: 200 })
    const renamed = ['Signature-Input', 'Signature'].reduce(
      (changed, name) => withHeader(changed, name, headerOf(request, name).replace('sig1=', 'other=')),
      request,
    )
    expect(await answer(renamed)).toMatchObject({ status: 409 })
  })
})

describe('several signatures', () => {
  const add = (request: IncomingRequest, input: string, signature: string, first: boolean): IncomingRequest =>
    [
      ['Signature-Input', input],
      ['Signature', signature],
    ].reduce((changed, [name, value]) => {
      const own = headerOf(request, name!)
      return withHeader(changed, name!, first ? `${value}, ${own}` : `${own}, ${value}`)
    }, request)

  it.each([true, false])('a foreign tag is not looked at (first: %s)', async first => {
    const { answer } = createHttpFixture()
    const foreign = 'proxy=("@query-param";name="q");made-up=1;tag="proxy"'
    expect(await answer(add(signHttp(), foreign, 'proxy=:AAAA:', first))).toMatchObject({ status: 200 })
  })

  it.each([true, false])(
    'two with our tag are refused: a forged one and a valid one (forged first: %s)',
    async first => {
      const { answer } = createHttpFixture()
      const attacker = generateKeyPairSync('ed25519')
      const forged = signHttp({ key: attacker.privateKey, label: 'forged' })
      const both = add(signHttp(), headerOf(forged, 'Signature-Input'), headerOf(forged, 'Signature'), first)
      expect(await answer(both)).toMatchObject({ status: 400, code: 'signature_input_invalid' })
    },
  )

  it('a forged one with our tag beside a valid one of another tag is the one that counts', async () => {
    const { answer } = createHttpFixture()
    const attacker = generateKeyPairSync('ed25519')
    const forged = signHttp({ key: attacker.privateKey, keyId: ED25519_KEY_ID, label: 'forged' })
    const valid = signHttp({ parameters: parametersWith({ tag: '"another"' }) })
    const both = add(valid, headerOf(forged, 'Signature-Input'), headerOf(forged, 'Signature'), false)
    expect(await answer(both)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })

  it('may stand in several header lines', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    const rawHeaders = [
      ...['Signature', 'proxy=:AAAA:', 'Signature-Input', 'proxy=();tag="proxy"'],
      ...request.rawHeaders,
    ]
    expect(await answer({ ...request, rawHeaders })).toMatchObject({ status: 200 })
  })

  it('and another credential are two', async () => {
    const { answer, signed } = createHttpFixture()
    const request = signHttp()
    const authorization = signed().rawHeaders.at(-1)!
    const rawHeaders = [...request.rawHeaders, 'Authorization', authorization]
    expect(await answer({ ...request, rawHeaders })).toMatchObject({ status: 400, code: 'two_credentials' })
  })

  it('of foreign tags only are no credential', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp({ parameters: parametersWith({ tag: '"another"' }) })
    expect(await answer(request)).toMatchObject({ status: 401, code: 'credentials_missing' })
  })

  it('of a foreign tag do not hinder HMAC', async () => {
    const { answer, signed } = createHttpFixture()
    const request = signed()
    const rawHeaders = [
      'Signature-Input',
      'proxy=();tag="proxy"',
      'Signature',
      'broken',
      ...request.rawHeaders,
    ]
    expect(await answer({ ...request, rawHeaders })).toMatchObject({ status: 200 })
  })
})

describe('who signed', () => {
  it.each([
    ['another Ed25519 key', { key: generateKeyPairSync('ed25519').privateKey }],
    ['the P-256 key under the id of the Ed25519 key', { key: P256.privateKey, keyId: ED25519_KEY_ID }],
    ['the Ed25519 key under the id of the P-256 key', { key: ED25519.privateKey, keyId: P256_KEY_ID }],
    ['an unknown key id', { keyId: 'acme_2026_nobody' }],
    ['the key id of an HMAC credential', { keyId: 'acme_2026_a' }],
    [
      'the right key, alg naming the other algorithm',
      { parameters: parametersWith({ alg: '"ecdsa-p256-sha256"' }) },
    ],
  ])('%s: one answer', async (_, parameters) => {
    const { answer } = createHttpFixture()
    const { body } = await answer(signHttp(parameters))
    const nobody = await answer(signHttp({ keyId: 'acme_2026_nobody' }))
    expect(body).toMatchObject({ status: 401, code: 'invalid_credentials' })
    expect({ ...body, requestId: '' }).toEqual({ ...nobody.body, requestId: '' })
  })

  it('alg may name the algorithm of the key', async () => {
    const { answer } = createHttpFixture()
    expect(await answer(signHttp({ parameters: parametersWith({ alg: '"ed25519"' }) }))).toMatchObject({
      status: 200,
    })
  })

  it.each([
    'x',
    '../../etc/passwd',
    'a b c d e f',
    'acme_2026_ed25519%00',
    "' or 1=1 --",
    `k${'a'.repeat(64)}`,
  ])('the key id %j never reaches the store', async keyId => {
    const asked: string[] = []
    const credentials = { findByKeyId: (id: string): undefined => void asked.push(id) }
    const { answer } = createFixture({ schemes: [httpMessageSignature()], credentials })
    const request = signHttp({ keyId })
    expect(await answer(request)).toMatchObject({ status: 400, code: 'key_id_invalid' })
    expect(asked).toEqual([])
  })

  it('a replaced key is taken at once, a revoked one refused', async () => {
    const fixture = createFixture({ schemes: [httpMessageSignature()] })
    let [credential] = httpSignatureCredentials(NOW - 86_400_000)
    const { answer } = createFixture({
      schemes: [httpMessageSignature()],
      credentials: { findByKeyId: () => credential },
      replay: fixture.guard,
    })
    const other = generateKeyPairSync('ed25519')
    expect(await answer(signHttp())).toMatchObject({ status: 200 })
    credential = { ...credential!, publicKey: spki(other.publicKey) }
    expect(await answer(signHttp({ nonce: 'a'.repeat(16) }))).toMatchObject({ status: 401 })
    const fresh = { key: other.privateKey, keyId: ED25519_KEY_ID, nonce: 'b'.repeat(16) }
    expect(await answer(signHttp(fresh))).toMatchObject({ status: 200 })
    credential = { ...credential, state: 'revoked' }
    expect(await answer(signHttp({ ...fresh, nonce: 'c'.repeat(16) }))).toMatchObject({ status: 401 })
  })

  it('a key in the store that is none is an outage, not a bad credential', async () => {
    const [credential] = httpSignatureCredentials(NOW - 86_400_000)
    for (const broken of [
      { ...credential!, publicKey: 'nothing' },
      { ...credential!, publicKey: spki(P256.publicKey) },
    ]) {
      const { answer } = createFixture({
        schemes: [httpMessageSignature()],
        credentials: { findByKeyId: () => broken },
      })
      expect(await answer(signHttp())).toMatchObject({ status: 503, code: 'internal_error' })
    }
  })

  it('an outage of the store is 503', async () => {
    const { answer } = createFixture({
      schemes: [httpMessageSignature()],
      credentials: { findByKeyId: () => Promise.reject(new Error('down')) },
    })
    expect(await answer(signHttp())).toMatchObject({ status: 503, code: 'dependency_unavailable' })
  })
})

describe('what is signed', () => {
  const all = ['@method', '@authority', '@path', '@query', 'content-type', 'content-digest']
  it.each(all)('%s must be covered', async name => {
    const { answer } = createHttpFixture()
    const request = signHttp({ components: all.filter(other => other !== name) })
    const { status, code, body } = await answer(request)
    expect({
      status,
      code,
      part: (body['errors'] as { pointer?: string }[] | undefined)?.length,
    }).toMatchObject({
      ...{ status: 400, code: 'component_not_covered' },
    })
  })

  it.each([
    'Idempotency-Key',
    'Content-Encoding',
    'X-Partner-Tenant',
    'x-PARTNER-x',
    'X-Partner-Date',
    'X-Amz-Meta',
  ])('%s must be covered if it is present', async name => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    const extended = { ...request, rawHeaders: [...request.rawHeaders, name, 'v'] }
    expect(await answer(extended)).toMatchObject({ status: 400, code: 'component_not_covered' })
  })

  it('x-partner- headers must be covered even where no HMAC row is enabled for them', async () => {
    const { answer } = createHttpFixture({ schemes: [httpMessageSignature()] })
    const request = signHttp()
    const extended = { ...request, rawHeaders: [...request.rawHeaders, 'X-Partner-Tenant', 'v'] }
    expect(await answer(extended)).toMatchObject({ status: 400, code: 'component_not_covered' })
  })

  it('a body that is not the digest is refused before any key is looked up', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    expect(await answer({ ...request, body: Buffer.from('{"status":"lost"}') })).toMatchObject({
      status: 400,
      code: 'content_digest_mismatch',
    })
    expect(await answer({ ...request, body: Buffer.alloc(0) })).toMatchObject({
      status: 400,
      code: 'content_digest_mismatch',
    })
  })

  it('a Host in capitals is told, a wrong one is 421', async () => {
    const { answer } = createHttpFixture()
    expect(await answer(signHttp({ host: 'API.example.com' }))).toMatchObject({
      status: 400,
      code: 'header_invalid',
    })
    expect(await answer(signHttp({ host: 'evil.example.com' }))).toMatchObject({ status: 421 })
  })

  it('a signature over another request is refused', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp({ changeBase: base => base.replace('A-1001', 'A-1002') })
    expect(await answer(request)).toMatchObject({ status: 401, code: 'invalid_credentials' })
  })

  it('a DER signature is told', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp({ key: P256.privateKey })
    const der = Buffer.concat([Buffer.from('3046022100', 'hex'), Buffer.alloc(67, 1)]).toString('base64')
    const { code, body } = await answer(withHeader(request, 'Signature', `sig1=:${der}:`))
    expect(code).toBe('signature_input_invalid')
    expect(body['detail']).toContain('not DER')
  })
})

describe('time', () => {
  it.each([
    ['created now', {}, 200],
    [
      'created at the end of the window',
      { created: `${SIGNED_AT + 300}`, expires: `${SIGNED_AT + 600}` },
      200,
    ],
    ['created beyond', { created: `${SIGNED_AT + 301}`, expires: `${SIGNED_AT + 600}` }, 'clock_skew'],
    ['expiring now', { created: `${SIGNED_AT - 300}`, expires: `${SIGNED_AT}` }, 200],
    ['expired', { created: `${SIGNED_AT - 300}`, expires: `${SIGNED_AT - 1}` }, 'clock_skew'],
    ['created too long ago', { created: `${SIGNED_AT - 301}`, expires: `${SIGNED_AT - 1}` }, 'clock_skew'],
    ['good for too long', { expires: `${SIGNED_AT + 301}` }, 'signature_input_invalid'],
    ['expires before created', { expires: `${SIGNED_AT}` }, 'signature_input_invalid'],
    ['no expires', { expires: '' }, 'signature_input_invalid'],
    ['no created', { created: '' }, 'signature_input_invalid'],
    ['no nonce', { nonce: '' }, 'signature_input_invalid'],
    ['a short nonce', { nonce: '"123456789012345"' }, 'signature_input_invalid'],
    ['a decimal', { created: `${SIGNED_AT}.0` }, 'signature_input_invalid'],
    ['a string', { created: `"${SIGNED_AT}"` }, 'signature_input_invalid'],
    ['unknown parameters', { extra: '1' }, 'signature_input_invalid'],
  ])('%s', async (_, change, expected) => {
    const { answer } = createHttpFixture()
    const { status, code, headers } = await answer(signHttp({ parameters: parametersWith(change) }))
    expect(code ?? status).toBe(expected)
    if (code === 'clock_skew') {
      expect(status).toBe(401)
      expect(headers['date']).toBe(new Date(NOW).toUTCString())
    }
  })

  it('tells the time to nobody whose signature is wrong', async () => {
    const { answer } = createHttpFixture()
    const old = parametersWith({ created: `${SIGNED_AT - 1000}`, expires: `${SIGNED_AT - 900}` })
    const { privateKey } = generateKeyPairSync('ed25519')
    const request = signHttp({ parameters: old, key: privateKey })
    expect(await answer(request)).toMatchObject({ code: 'invalid_credentials' })
  })
})

describe('httpMessageSignature', () => {
  it('offers itself', async () => {
    const { answer } = createHttpFixture({ schemes: [httpMessageSignature()] })
    const request = {
      method: 'GET',
      target: '/',
      rawHeaders: ['Host', 'api.example.com'],
      body: Buffer.alloc(0),
    }
    const { headers } = await answer({ ...request, peer: { address: '192.0.2.1' } })
    expect(headers['www-authenticate']).toBe('HttpMessageSignature realm="orders", tag="partner-orders-v1"')
  })

  it('takes another tag, and only that', async () => {
    const { answer } = createHttpFixture({ schemes: [httpMessageSignature({ tag: 'acme.v2' })] })
    const parameters = parametersWith({ tag: '"acme.v2"' })
    expect(await answer(signHttp({ parameters }))).toMatchObject({ status: 200 })
    expect(await answer(signHttp())).toMatchObject({ code: 'credentials_missing' })
    expect(await answer(signHttp({ parameters: parametersWith({ tag: '"acmexv2"' }) }))).toMatchObject({
      code: 'credentials_missing',
    })
  })

  it.each(['', 'a b', '"', 'a'.repeat(65)])('refuses the tag %j', tag => {
    expect(() => httpMessageSignature({ tag })).toThrow(TypeError)
  })

  it('explains in a sandbox what the server signed', async () => {
    const { answer } = createHttpFixture({ explain: true })
    const request = signHttp({ changeBase: base => `${base} ` })
    const rawHeaders = [...request.rawHeaders, 'Countersign-Explain', '1']
    const { body } = await answer({ ...request, rawHeaders })
    expect(body).toMatchObject({
      code: 'invalid_credentials',
      explanation: { stringToSign: expect.stringContaining('"@method": POST\n') },
    })
  })
})
