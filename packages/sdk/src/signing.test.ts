import { AWS_SCHEME } from '@countersign/protocol'
import { Agent, interceptors } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { createNonce } from './nonce.js'
import { createRequestSigner, createSignedFetch, hmacAuth, Secret, signingInterceptor } from './signing.js'
import { type RecordingServer, startRecordingServer } from './testing/recording-server.js'
import { AWS_LABELS, verifyArrived } from './testing/spec-verifier.js'

const credential = { keyId: 'demo_acme_key1', secret: 'a-secret', environment: 'sandbox', api: 'orders' }
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
})
const start = async (statuses: number[] = []): Promise<RecordingServer> => {
  const server = await startRecordingServer((_, number) => ({
    status: statuses[number - 1] ?? 200,
    body: { ok: true },
  }))
  open.push(server)
  return server
}

describe('createRequestSigner', () => {
  it('signs the example of spec/partner-signing.md as openssl does', () => {
    // The request of §1. Unlike §8 it carries the payload-hash header, as everything does that this package sends; the
    // expected value was computed with `openssl dgst -sha256 -mac HMAC`, whose signing key is the one printed in §7.
    const signer = createRequestSigner({
      keyId: 'demo_acme_key1',
      secret: new Secret('not-a-secret-only-for-the-spec!'),
      environment: 'live',
      api: 'orders',
      clock: () => Date.UTC(2026, 10, 21, 23, 30, 40, 999),
      nonce: () => '00112233445566778899aabbccddeeff',
    })
    const { headers, canonicalRequest, stringToSign } = signer.sign({
      method: 'POST',
      url: 'https://api.example.com/v1/orders/A-1001/statuses',
      headers: { 'Content-Type': 'application/json' },
      body: '{"status":"shipped","occurredAt":"2026-11-21T23:30:00.000Z"}',
    })
    expect(canonicalRequest.split('\n').slice(0, 5)).toEqual([
      'POST',
      '/v1/orders/A-1001/statuses',
      '',
      'content-type:application/json',
      'host:api.example.com',
    ])
    expect(stringToSign.split('\n').slice(0, 3)).toEqual([
      'PARTNER4-HMAC-SHA256',
      '20261121T233040Z',
      '20261121/live/orders/partner4_request',
    ])
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-partner-date': '20261121T233040Z',
      'x-partner-nonce': '00112233445566778899aabbccddeeff',
    })
    expect(headers['authorization']).toBe(
      'PARTNER4-HMAC-SHA256 Credential=demo_acme_key1/20261121/live/orders/partner4_request, ' +
        'SignedHeaders=content-type;host;x-partner-content-sha256;x-partner-date;x-partner-nonce, ' +
        'Signature=d5540010c7bee8db948fa1f927c44dc53ab603ab0c0b0558f0d9dbdd7714905c',
    )
  })

  it('signs for a new day with a new key', () => {
    let now = Date.UTC(2026, 10, 21, 23, 59, 59)
    const signer = createRequestSigner({ ...credential, clock: () => now })
    const sign = (): string =>
      signer.sign({ method: 'GET', authority: 'a.test', path: '/' }).headers['authorization']!
    expect(sign()).toContain('/20261121/sandbox')
    now += 1000
    expect(sign()).toContain('/20261122/sandbox')
  })

  it('refuses a header twice, a wrong host, and what cannot be signed', () => {
    const signer = createRequestSigner(credential)
    const base = { method: 'GET', authority: 'a.test', path: '/' }
    const code = (change: object): unknown => {
      try {
        signer.sign({ ...base, ...change })
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'signed'
    }
    expect(code({ headers: { 'X-Partner-A': '1', 'x-partner-a': '2' } })).toBe('header_invalid')
    expect(code({ headers: { Host: 'b.test' } })).toBe('header_invalid')
    expect(code({ headers: { Host: 'a.test' } })).toBe('signed')
    expect(code({ headers: { 'x-partner-a': 'a\tb' } })).toBe('header_invalid')
    expect(code({ path: '/a//b' })).toBe('target_not_canonical')
    expect(code({ query: 'b=1&a=1' })).toBe('query_not_canonical')
    expect(code({ method: 'GE T' })).toBe('method_invalid')
  })

  it('refuses a key id or scope that could not be read back', () => {
    expect(() => createRequestSigner({ ...credential, keyId: 'a/b' })).toThrow(
      expect.objectContaining({ code: 'key_id_invalid' }),
    )
    expect(() => createRequestSigner({ ...credential, api: 'a/b' })).toThrow(
      expect.objectContaining({ code: 'credential_scope_invalid' }),
    )
  })
})

it('createNonce gives 128 bits that do not repeat, over the edge of the pool', () => {
  const nonces = Array.from({ length: 2000 }, createNonce)
  expect(new Set(nonces).size).toBe(2000)
  expect(nonces.every(nonce => /^[0-9a-f]{32}$/.test(nonce))).toBe(true)
})

describe('signingInterceptor', () => {
  it('signs what passes through an undici dispatcher', async () => {
    const server = await start()
    const dispatcher = new Agent().compose(
      signingInterceptor(hmacAuth({ ...credential, scheme: AWS_SCHEME })),
    )
    open.push(dispatcher)
    const options = {
      origin: server.url,
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body: 'über',
    } as const
    await (await dispatcher.request({ ...options, path: '/a', query: { b: '2 3', a: 1 } })).body.dump()
    await (
      await dispatcher.request({
        ...options,
        path: '/a',
        headers: ['X-Amz-Meta', 'm'],
        body: Buffer.from([255]),
      })
    ).body.dump()
    expect(server.requests.map(request => request.target)).toEqual(['/a?a=1&b=2%203', '/a'])
    for (const request of server.requests) verifyArrived(request, credential.secret, AWS_LABELS)
  })

  it('signs anew for a retry that is composed after it, also with a secret from a function', async () => {
    const server = await start([503, 503])
    const auth = hmacAuth({ ...credential, secret: async () => credential.secret })
    const retry = interceptors.retry({ minTimeout: 1, maxTimeout: 1 })
    const dispatcher = new Agent().compose(signingInterceptor(auth), retry)
    open.push(dispatcher)
    const { statusCode, body } = await dispatcher.request({ origin: server.url, path: '/', method: 'GET' })
    await body.dump()
    expect(statusCode).toBe(200)
    const nonces = server.requests.map(request => verifyArrived(request, credential.secret).nonce)
    expect(new Set(nonces).size).toBe(3)
  })

  it('refuses a stream and a path that is not canonical', async () => {
    const server = await start()
    const dispatcher = new Agent().compose(signingInterceptor(hmacAuth(credential)))
    open.push(dispatcher)
    const { Readable } = await import('node:stream')
    const request = { origin: server.url, path: '/', method: 'POST' } as const
    await expect(dispatcher.request({ ...request, body: Readable.from(['x']) })).rejects.toMatchObject({
      code: 'body_not_signable',
    })
    await expect(dispatcher.request({ ...request, path: '/a%2fb' })).rejects.toMatchObject({
      code: 'target_not_canonical',
    })
    expect(server.requests).toEqual([])
  })
})

describe('createSignedFetch', () => {
  it('signs any body that fetch takes, and a query in any order', async () => {
    const server = await start()
    const signedFetch = createSignedFetch(hmacAuth(credential))
    const form = new FormData()
    form.set('a', 'b')
    await signedFetch(`${server.url}/x?b=a+b&a=%7e`, {
      method: 'POST',
      body: form,
      headers: { 'idempotency-key': '"1"' },
    })
    await signedFetch(new URL(`${server.url}/y`))
    await signedFetch(new Request(`${server.url}/z`, { method: 'PUT', body: 'text' }))
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /x?a=~&b=a%20b',
      'GET /y',
      'PUT /z',
    ])
    for (const request of server.requests) verifyArrived(request, credential.secret)
    expect(verifyArrived(server.requests[0]!, credential.secret).signedHeaders).toEqual(
      expect.arrayContaining(['content-type', 'idempotency-key']),
    )
  })

  it('does not follow a redirect', async () => {
    const server = await startRecordingServer(() => ({ status: 302, headers: { location: '/elsewhere' } }))
    open.push(server)
    const response = await createSignedFetch(hmacAuth(credential))(`${server.url}/x`)
    expect([response.status, server.requests.length]).toEqual([302, 1])
  })

  it('refuses a path that is not canonical', async () => {
    await expect(createSignedFetch(hmacAuth(credential))('http://127.0.0.1:9/a%20b')).rejects.toMatchObject({
      code: 'target_not_canonical',
    })
  })
})
