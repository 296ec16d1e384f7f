import { describe, expect, it } from 'vitest'
import { createFixture, NOW, WRITE } from '../../test/fixture.js'
import type { ApiKeyCredential } from '../credential.js'
import type { IncomingRequest } from '../incoming-request.js'
import { apiKey } from './api-key.js'
import { hmacSignature } from './hmac-signature.js'

// Checksum by Python's zlib.crc32, digest by Python's hashlib.
const KEY = 'pk_sandbox_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi25z69Z'
const SHA256 = 'ea1be19a16317907d676092799c430296bc5f6ab5129b8280f77dabb7bde3451'
const LIVE_KEY = 'pk_live_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi0cPRIa'
const CREDENTIAL: ApiKeyCredential = {
  kind: 'api-key',
  keyId: 'demoAcmeKey1',
  partnerId: 'acme',
  environment: 'sandbox',
  secretSha256: SHA256,
  scopes: ['orders:status:write'],
  state: 'active',
  createdAt: NOW,
}

function setUp({ basic = false, ...change }: Partial<ApiKeyCredential> & { basic?: boolean } = {}) {
  const fixture = createFixture({ schemes: [hmacSignature(), apiKey({ basic })] })
  fixture.credentials.add({ ...CREDENTIAL, ...change })
  return fixture
}

function request(...headers: string[]): IncomingRequest {
  return {
    method: 'POST',
    target: '/v1/order-statuses',
    rawHeaders: [
      'Host',
      'api.example.com',
      'Content-Type',
      'application/json',
      'X-Partner-Shop',
      '7',
      ...headers,
    ],
    body: Buffer.from('{}'),
    peer: { address: '192.0.2.10' },
  }
}
const basic = (pair: string): string[] => ['Authorization', `Basic ${Buffer.from(pair).toString('base64')}`]

describe('an API key', () => {
  it.each([
    ['X-API-Key', ['X-API-Key', ` ${KEY} `]],
    ['Authorization: Bearer', ['Authorization', `Bearer ${KEY}`]],
    ['authorization: bearer', ['authorization', `bearer  ${KEY} `]],
  ])('opens by %s, again and again', async (_, headers) => {
    const { answer, audited } = setUp()
    for (let time = 0; time < 2; time++) {
      const { caller } = await answer(request(...headers))
      expect(caller).toMatchObject({ partnerId: 'acme', credentialId: 'demoAcmeKey1', scheme: 'api-key' })
    }
    expect(audited).toHaveLength(2)
    expect(audited[0]).toMatchObject({ scheme: 'api-key', outcome: 'accepted', credential: 'demoAcmeKey1' })
  })

  it('shows handlers a short list of headers, for nothing is signed', async () => {
    const { caller } = await setUp().answer(request('X-API-Key', KEY, 'Idempotency-Key', 'i-1'))
    expect([...caller!.signedHeaders]).toEqual([
      ['content-type', 'application/json'],
      ['idempotency-key', 'i-1'],
    ])
  })

  it.each([
    ['one character more', `${KEY}0`],
    ['a digit changed', KEY.replace('123', '124')],
    ['cut', KEY.slice(0, -1)],
    ['empty', ''],
  ])('%s: malformed, without a look-up', async (_, text) => {
    const credentials = {
      findByKeyId: () => {
        throw new Error('looked up')
      },
    }
    const { answer } = createFixture({ schemes: [apiKey()], credentials })
    const { status, code, body } = await answer(request('X-API-Key', text))
    expect([status, code]).toEqual([400, 'api_key_malformed'])
    if (text !== '') expect(JSON.stringify(body)).not.toContain(text)
  })

  it.each([
    ['unknown', { keyId: 'demoOtherKey' }, 'unknown_key'],
    ['of another secret', { secretSha256: '0'.repeat(64) }, 'key_mismatch'],
    ['of a record that is damaged', { secretSha256: 'ea1b' }, 'key_mismatch'],
    ['revoked', { state: 'revoked' }, 'credential_revoked'],
    ['for another API', { api: 'webhooks' }, 'credential_api'],
  ] as const)('%s: one answer for all, the audit tells', async (_, change, detail) => {
    const { answer, audited } = setUp(change)
    const refused = await answer(request('X-API-Key', KEY))
    expect([refused.status, refused.code]).toEqual([401, 'invalid_credentials'])
    expect(refused.headers['www-authenticate']).toContain('ApiKey realm="orders"')
    expect(audited[0]).toMatchObject({ outcome: detail })
    expect(JSON.stringify([audited, refused.body, refused.headers])).not.toContain(KEY.slice(-49))
  })

  it('of another environment is refused before a look-up', async () => {
    const { answer, audited } = setUp()
    expect(await answer(request('X-API-Key', LIVE_KEY))).toMatchObject({ code: 'invalid_credentials' })
    expect(audited[0]).toMatchObject({ outcome: 'credential_environment', credential: null })
  })

  it('does not open what belongs to a key that signs, and the reverse', async () => {
    const { answer, credentials, signed } = setUp()
    credentials.add({ ...CREDENTIAL, kind: 'hmac', keyId: 'demoHmacKey1', secret: KEY })
    const asKey = KEY.replace('demoAcmeKey1', 'demoHmacKey1')
    expect(await answer(request('X-API-Key', asKey))).toMatchObject({ code: 'api_key_malformed' })
    const forged = signed({ keyId: 'demoAcmeKey1', secret: SHA256 })
    expect(await answer(forged)).toMatchObject({ code: 'invalid_credentials' })
  })

  it('together with anything else is two credentials', async () => {
    const { answer, signed } = setUp()
    const { rawHeaders, ...rest } = signed()
    const both = { ...rest, rawHeaders: [...rawHeaders, 'X-API-Key', KEY] }
    expect(await answer(both)).toMatchObject({ code: 'two_credentials' })
    const twice = request('X-API-Key', KEY, 'Authorization', `Bearer ${KEY}`)
    expect(await answer(twice)).toMatchObject({ code: 'two_credentials' })
    const sameHeader = request('X-API-Key', KEY, 'X-API-Key', KEY)
    expect(await answer(sameHeader)).toMatchObject({ code: 'duplicate_header' })
  })

  it('in the query is no credential', async () => {
    const inQuery = { ...request(), target: `/v1/orders?api_key=${KEY}` }
    expect(await setUp().answer(inQuery)).toMatchObject({ code: 'credentials_missing' })
  })

  it('is not accepted where the scheme is off', async () => {
    const { answer } = createFixture()
    expect(await answer(request('X-API-Key', KEY))).toMatchObject({ code: 'credentials_missing' })
  })

  it('a store that is down is an outage, not a bad key', async () => {
    const credentials = { findByKeyId: () => Promise.reject(new Error('down')) }
    const { answer } = createFixture({ schemes: [apiKey()], credentials })
    expect(await answer(request('X-API-Key', KEY))).toMatchObject({
      status: 503,
      code: 'dependency_unavailable',
    })
  })

  it('scopes hold', async () => {
    const { answer } = setUp({ scopes: [] })
    expect(await answer(request('X-API-Key', KEY), WRITE)).toMatchObject({
      status: 403,
      code: 'scope_missing',
    })
  })
})

describe('as HTTP Basic', () => {
  it.each([`anybody:${KEY}`, `${KEY}:`])('%s opens, when it is on', async pair => {
    expect((await setUp({ basic: true }).answer(request(...basic(pair)))).caller?.partnerId).toBe('acme')
    expect(await setUp().answer(request(...basic(pair)))).toMatchObject({ code: 'credentials_missing' })
  })

  it.each(['Basic', 'Basic ???', `Basic ${Buffer.from('no colon').toString('base64')}`])(
    '%j is malformed',
    async value => {
      const { answer } = setUp({ basic: true })
      expect(await answer(request('Authorization', value))).toMatchObject({ code: 'authorization_malformed' })
    },
  )

  it('is offered only when it is on', async () => {
    const on = await setUp({ basic: true }).answer(request())
    expect(on.headers['www-authenticate']).toContain('Basic realm="orders", charset="UTF-8"')
  })
})
