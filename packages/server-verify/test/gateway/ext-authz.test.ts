// What Envoy sends (envoyproxy/envoy, ext_authz_http_impl.cc), and gateways that are set up wrongly.
import { createHash } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  certificateKeyId,
  clientCertificate,
  createExtAuthzServer,
  type ExtAuthzOptions,
  httpMessageSignature,
  type IncomingRequest,
  readGatewayCaller,
  verifyBody,
} from '../../src/index.js'
import { exchangeHttp1, findHeader, type WireAnswer } from '../conformance/raw-client.js'
import { createTestbed, NOW, signRequest, type TestbedOptions } from '../conformance/testbed.js'
import { toHttp1 } from '../conformance/wire-message.js'
import { httpSignatureCredentials, signHttp } from '../independent-http-signer.js'
import type { SignedRequest } from '../independent-signer.js'
import { createTlsIdentities } from '../tls-identities.js'

const servers: Server[] = []
const troubles: unknown[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  troubles.length = 0
})

async function start(
  options: Partial<ExtAuthzOptions> & Pick<ExtAuthzOptions, 'gateway'>,
  testbed: TestbedOptions = {},
): Promise<(text: string) => Promise<WireAnswer>> {
  const server = createExtAuthzServer(createTestbed(testbed).verifier, {
    requirement: { scopes: ['orders:status:write'] },
    onError: error => troubles.push(error),
    ...options,
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return async text => (await exchangeHttp1(port, text)).answers.at(-1)!
}

const codeOf = ({ body }: WireAnswer): unknown => JSON.parse(body).code

/** As Envoy hands it on: names in lower case, a prefix before the path, the peer told. */
function toEnvoyCheck({ rawHeaders, ...request }: SignedRequest, more: readonly string[] = []): string {
  const headers = [...rawHeaders, ...['countersign-original-peer', '192.0.2.7'], ...more]
  return toHttp1({
    ...request,
    target: `/check${request.target}`,
    rawHeaders: headers.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text)),
  })
}

describe('as Envoy asks', () => {
  it('a valid push: 200, identity headers, and what upstream must not see', async () => {
    const send = await start({ gateway: 'envoy' })
    const answer = await send(toEnvoyCheck(signRequest({ unsignedHeaders: [['Content-Type', 'text/evil']] })))
    expect(answer.status).toBe(200)
    expect(findHeader(answer, 'countersign-partner')).toBe('acme')
    expect(findHeader(answer, 'countersign-scopes')).toBe('orders:status:write')
    expect(findHeader(answer, 'countersign-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(findHeader(answer, 'countersign-body-sha256')).toMatch(/^[0-9a-f]{64}$/)
    expect(findHeader(answer, 'x-envoy-auth-headers-to-remove')).toBe('content-type,content-encoding')
  })

  it('a Content-Type that was signed stays', async () => {
    const send = await start({ gateway: 'envoy' })
    const answer = await send(toEnvoyCheck(signRequest({ headers: [['Content-Type', 'application/json']] })))
    expect(findHeader(answer, 'x-envoy-auth-headers-to-remove')).toBe('content-encoding')
  })

  it('refusals keep status, headers and problem; the body is verified here', async () => {
    const send = await start({ gateway: 'envoy' })
    const request = signRequest()
    const changed = await send(toEnvoyCheck({ ...request, body: Buffer.from('{"status":"evilled"}') }))
    expect([changed.status, codeOf(changed)]).toEqual([401, 'invalid_credentials'])
    expect(findHeader(changed, 'www-authenticate')).toContain('PARTNER4-HMAC-SHA256')
    expect((await send(toEnvoyCheck(request))).status).toBe(200)
    const replay = await send(toEnvoyCheck(request))
    expect([replay.status, codeOf(replay)]).toEqual([409, 'request_replayed'])
    const spoofed = await send(toEnvoyCheck(signRequest(), ['countersign-partner', 'globex']))
    expect([spoofed.status, codeOf(spoofed)]).toEqual([400, 'header_invalid'])
    const underscored = await send(toEnvoyCheck(signRequest(), ['countersign_partner', 'globex']))
    expect([underscored.status, codeOf(underscored)]).toEqual([400, 'header_invalid'])
    const dotted = await send(toEnvoyCheck(signRequest({ target: '/v1/../admin' })))
    expect([dotted.status, codeOf(dotted)]).toEqual([400, 'target_not_canonical'])
  })

  it.each([
    ['without its prefix', (text: string) => text.replace('/check/', '/')],
    ['with a prefix that only begins like it', (text: string) => text.replace('/check/', '/checkpoint/')],
    ['without the peer', (text: string) => text.replace(/countersign-original-peer: .*\r\n/, '')],
    [
      'with a peer of the caller besides',
      (text: string) => text.replace('\r\n', '\r\ncountersign-original-peer: ::1\r\n'),
    ],
    [
      'with a part of the body',
      (text: string) => text.replace('\r\n', '\r\nx-envoy-auth-partial-body: true\r\n'),
    ],
  ])('a check %s is a mistake: 500, told to the operator', async (_, change) => {
    const send = await start({ gateway: 'envoy' })
    const answer = await send(change(toEnvoyCheck(signRequest())))
    expect([answer.status, findHeader(answer, 'countersign-partner')]).toEqual([500, undefined])
    expect(troubles).toEqual([expect.any(TypeError)])
  })
})

/** As nginx hands it on. */
function toNginxCheck({
  method,
  target,
  rawHeaders,
}: Pick<IncomingRequest, 'method' | 'target' | 'rawHeaders'>): string {
  const [, host, ...others] = rawHeaders
  const lines = others.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
  return `GET /check HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCountersign-Original-Method: ${method}\r\nCountersign-Original-Target: ${target}\r\nCountersign-Original-Host: ${host}\r\nCountersign-Original-Peer: 192.0.2.7\r\n${lines}\r\n`
}

describe('as nginx asks', () => {
  const get = (): SignedRequest => signRequest({ method: 'GET', body: '' })

  it('204, or 401 or 403 with the real status', async () => {
    const send = await start({ gateway: 'nginx' })
    const request = get()
    expect((await send(toNginxCheck(request))).status).toBe(204)
    const replay = await send(toNginxCheck(request))
    expect([replay.status, replay.body]).toEqual([403, ''])
    expect(findHeader(replay, 'countersign-status')).toBe('409')
    expect(JSON.parse(findHeader(replay, 'countersign-problem')!).code).toBe('request_replayed')
    const wrong = await send(toNginxCheck(signRequest({ method: 'GET', body: '', secret: 'wrong' })))
    expect([wrong.status, findHeader(wrong, 'countersign-status')]).toEqual([401, '401'])
  })

  it.each(['Method', 'Target', 'Host', 'Peer'])(
    'no Countersign-Original-%s is a mistake: 500',
    async name => {
      const send = await start({ gateway: 'nginx' })
      const line = new RegExp(`Countersign-Original-${name}: .*\r\n`)
      const answer = await send(toNginxCheck(get()).replace(line, ''))
      expect([answer.status, findHeader(answer, 'countersign-partner')]).toEqual([500, undefined])
      const twice = await send(toNginxCheck(get()).replace(line, both => both + both))
      expect(twice.status).toBe(500)
      expect(troubles).toEqual([expect.any(TypeError), expect.any(TypeError)])
    },
  )

  it('a problem is one line of ASCII that fits into a header', async () => {
    const send = await start({ gateway: 'nginx' })
    const target = `/v1/${'\xe9'.repeat(10)}${'%2F'.repeat(2000)}`
    const answer = await send(toNginxCheck({ ...get(), target }))
    const problem = findHeader(answer, 'countersign-problem')!
    expect(problem).toMatch(/^[\x20-\x7e]{1,2048}$/)
    expect(JSON.parse(problem).code).toBe('target_not_canonical')
  })

  it('a body with the check, another path, a stranger: mistakes', async () => {
    const send = await start({ gateway: 'nginx' })
    const text = toNginxCheck(get())
    expect((await send(`${text.replace('\r\n', '\r\nContent-Length: 1\r\n')}x`)).status).toBe(500)
    expect((await send(text.replace('/check', '/'))).status).toBe(500)
    const elsewhere = await start({ gateway: 'nginx', gateways: ['10.0.0.0/8'] })
    expect((await elsewhere(text)).status).toBe(500)
    expect(troubles).toHaveLength(3)
  })

  it('a hash that only a header says, without a signature that covers it, vouches for nothing', async () => {
    const send = await start({ gateway: 'nginx' })
    const request = get()
    const evil = `X-Other-Content-Sha256: ${'a'.repeat(64)}\r\n`
    const answer = await send(toNginxCheck(request).replace('Authorization', `${evil}Authorization`))
    expect(findHeader(answer, 'countersign-status')).toBe('401')
  })
})

describe('a message signature (RFC 9421), where the body stays with nginx', () => {
  const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  // printf '{"status":"shipped"}' | sha256sum
  const OF_BODY = createHash('sha256').update('{"status":"shipped"}').digest('hex')
  const startHttp = (): ReturnType<typeof start> =>
    start(
      { gateway: 'nginx' },
      {
        verifier: { schemes: [httpMessageSignature()] },
        credentials: httpSignatureCredentials(NOW - 86_400_000),
      },
    )
  const check = (request: IncomingRequest, more: readonly string[] = []): string =>
    toNginxCheck({ ...request, rawHeaders: [...request.rawHeaders, ...more] })

  it('Content-Digest is what verifyBody compares', async () => {
    const answer = await (await startHttp())(check(signHttp()))
    expect([answer.status, findHeader(answer, 'countersign-body-sha256')]).toEqual([204, OF_BODY])
  })

  it('a Content-Digest that is changed, added or not covered vouches for nothing', async () => {
    const send = await startHttp()
    const evil = `sha-256=:${createHash('sha256').update('evil').digest('base64')}:`
    const { rawHeaders, ...request } = signHttp()
    const changed = rawHeaders.map(text => (text.startsWith('sha-256=') ? evil : text))
    expect((await send(check({ ...request, rawHeaders: changed }))).status).toBe(401)
    const get = signHttp({ method: 'GET', body: '' })
    const added = await send(check(get, ['Content-Digest', evil]))
    expect([added.status, findHeader(added, 'countersign-status')]).toEqual([403, '400'])
    const uncovered = signHttp({ components: ['@method', '@authority', '@path', '@query'] })
    expect(findHeader(await send(check(uncovered)), 'countersign-status')).toBe('400')
  })

  it('a payload-hash header beside it does not stand in for the digest', async () => {
    const answer = await (await startHttp())(
      check(signHttp({ method: 'GET', body: '' }), ['X-Other-Content-Sha256', 'a'.repeat(64)]),
    )
    expect([answer.status, findHeader(answer, 'countersign-body-sha256')]).toEqual([204, EMPTY])
  })
})

const identities = createTlsIdentities()

describe.skipIf(identities === undefined)('a client certificate that nginx tells', () => {
  const tls = identities!
  const told = (pem: string, verify: string): string =>
    `Countersign-Original-Certificate: ${encodeURIComponent(pem)}\r\nCountersign-Original-Certificate-Verify: ${verify}\r\n`
  const send = async (lines: string): Promise<WireAnswer> => {
    const name = 'DNS:push.acme.example'
    const check = await start(
      { gateway: 'nginx' },
      {
        verifier: { schemes: [clientCertificate()] },
        credentials: [
          {
            ...{ kind: 'client-certificate', keyId: certificateKeyId(name), subjectAltName: name },
            ...{ partnerId: 'acme', environment: 'sandbox', scopes: ['orders:status:write'] },
            ...{ state: 'active', createdAt: NOW - 1000 },
          },
        ],
      },
    )
    const text = toNginxCheck({ method: 'POST', target: '/v1/a', rawHeaders: ['Host', 'api.example.com'] })
    return check(text.replace('\r\n', `\r\n${lines}`))
  }

  it('opens when nginx has verified its chain; no body is signed by it', async () => {
    const answer = await send(told(tls.acme.certificate, 'SUCCESS'))
    expect([answer.status, findHeader(answer, 'countersign-body-sha256')]).toEqual([204, 'unsigned'])
  })

  it('does not when nginx has not, or when the caller tells it by RFC 9440', async () => {
    expect((await send(told(tls.acme.certificate, 'FAILED:self-signed certificate'))).status).toBe(401)
    expect((await send(told(tls.globex.certificate, 'SUCCESS'))).status).toBe(401)
    expect((await send('')).status).toBe(401)
    const der = tls.acme.certificate.replace(/-----.*-----|\s/g, '')
    expect(findHeader(await send(`Client-Cert: :${der}:\r\n`), 'countersign-status')).toBe('400')
    expect((await send(told('no certificate', 'SUCCESS'))).status).toBe(500)
  })
})

describe('the service behind', () => {
  const HEADERS = [
    ...['Countersign-Partner', 'acme', 'Countersign-Scopes', 'a b', 'Countersign-Request-Id', 'r-1'],
    'Countersign-Body-Sha256',
  ]
  // printf x | sha256sum
  const OF_X = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'

  it('verifyBody compares the body with what was signed', () => {
    const caller = verifyBody([...HEADERS, OF_X], Buffer.from('x'))
    expect(caller).toEqual({
      partnerId: 'acme',
      scopes: new Set(['a', 'b']),
      requestId: 'r-1',
      bodySha256: OF_X,
      bodyUnverified: false,
    })
    expect(readGatewayCaller([...HEADERS, OF_X]).bodyUnverified).toBe(true)
    expect(() => verifyBody([...HEADERS, OF_X], Buffer.from('y'))).toThrow(
      expect.objectContaining({ code: 'payload_hash_mismatch', status: 400 }),
    )
  })

  it('a credential that signs no body vouches for none', () => {
    expect(verifyBody([...HEADERS, 'unsigned'], Buffer.from('anything')).bodySha256).toBeUndefined()
  })

  it.each([
    ['no header of the gateway', [], 'credentials_missing'],
    ['one is missing', [...HEADERS.slice(2), OF_X], 'credentials_missing'],
    ['one is empty', [...HEADERS.with(1, ''), OF_X], 'credentials_missing'],
    ['one stands twice', [...HEADERS, OF_X, 'countersign-partner', 'globex'], 'duplicate_header'],
    ['a hash in upper case', [...HEADERS, OF_X.toUpperCase()], 'header_invalid'],
    ['a hash that is cut', [...HEADERS, OF_X.slice(1)], 'header_invalid'],
    ['UNSIGNED-PAYLOAD', [...HEADERS, 'UNSIGNED-PAYLOAD'], 'header_invalid'],
  ])('%s: refused', (_, headers, code) => {
    expect(() => verifyBody(headers, Buffer.from('x'))).toThrow(expect.objectContaining({ code }))
  })

  it('no scopes are no mistake', () => {
    const without = [...HEADERS.slice(0, 2), ...HEADERS.slice(4), OF_X]
    expect(readGatewayCaller(without).scopes.size).toBe(0)
  })
})
