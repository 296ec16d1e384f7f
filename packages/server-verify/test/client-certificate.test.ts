// Client certificates as the only proof and as a layer, over real TLS; and told by a proxy (RFC 9440).
import { once } from 'node:events'
import { createServer, request as sendHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createVerifiedHandler } from '../src/adapters/node-http.js'
import {
  apiKey,
  type Credential,
  type CredentialBase,
  certificateKeyId,
  clientCertificate,
  hmacSignature,
  type IncomingRequest,
  type RequestVerifierOptions,
} from '../src/index.js'
import { createFixture, CREDENTIAL as HMAC, NOW, WRITE } from './fixture.js'
import { createTlsIdentities, type Identity, type TlsIdentities } from './tls-identities.js'

const identities = createTlsIdentities()
const SCHEMES = [hmacSignature(), apiKey(), clientCertificate()]
const BASE: Omit<CredentialBase, 'keyId'> = {
  ...{ partnerId: 'acme', environment: 'sandbox', scopes: ['orders:status:write'] },
  ...{ state: 'active', createdAt: NOW - 1000 },
}
const byThumbprint = (sha256: string, change: Partial<CredentialBase> = {}): Credential => ({
  ...BASE,
  ...change,
  kind: 'client-certificate',
  keyId: certificateKeyId(sha256),
  certificates: [sha256],
})
const byName = (name: string): Credential => ({
  ...BASE,
  kind: 'client-certificate',
  keyId: certificateKeyId(name),
  subjectAltName: name,
})

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

interface Answer {
  readonly status: number
  readonly text: string
}
type Push = (
  identity: Identity | undefined,
  headers?: readonly string[],
  body?: Uint8Array,
) => Promise<Answer>

/** A server that asks for a certificate but verifies by itself whom it lets in. */
async function start(credentials: readonly Credential[], tls: TlsIdentities): Promise<Push> {
  const fixture = createFixture({ authorities: () => true, schemes: SCHEMES })
  for (const credential of credentials) {
    if (credential.keyId === HMAC.keyId) fixture.credentials.revoke(HMAC.keyId)
    else fixture.credentials.add(credential)
  }
  const handle = createVerifiedHandler(fixture.verifier, WRITE, (_, response, { partnerId, scheme }) => {
    response.end(`${partnerId} by ${scheme}`)
  })
  const { certificate, key } = tls.server
  const server = createServer(
    { cert: certificate, key, ca: tls.ca, requestCert: true, rejectUnauthorized: false },
    handle,
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (identity, headers = [], body = Buffer.from('{}')) => {
    const sent = sendHttps({
      ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/order-statuses', agent: false, ca: tls.ca },
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
      headers: ['Host', 'api.example.com', ...headers],
      servername: 'localhost',
    })
    sent.end(body)
    const [response] = await once(sent, 'response')
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return { status: response.statusCode, text: text.startsWith('{') ? JSON.parse(text).code : text }
  }
}

describe.skipIf(identities === undefined)('over TLS', () => {
  const tls = identities!

  it('the thumbprint that is on the list opens, also of a certificate that signs itself', async () => {
    const push = await start([byThumbprint(tls.acme.sha256), byThumbprint(tls.selfSigned.sha256)], tls)
    const opened = { status: 200, text: 'acme by client-certificate' }
    expect(await push(tls.acme)).toEqual(opened)
    expect(await push(tls.selfSigned)).toEqual(opened)
    expect(await push(tls.globex)).toEqual({ status: 401, text: 'invalid_credentials' })
    expect(await push(undefined)).toEqual({ status: 401, text: 'credentials_missing' })
  })

  it('a name opens only when the chain was verified', async () => {
    const push = await start([byName('DNS:push.acme.example')], tls)
    expect((await push(tls.acme)).status).toBe(200)
    expect(await push(tls.selfSigned)).toEqual({ status: 401, text: 'invalid_credentials' })
    expect(await push(tls.globex)).toEqual({ status: 401, text: 'invalid_credentials' })
  })

  it('a revoked one is refused', async () => {
    const push = await start([byThumbprint(tls.acme.sha256, { state: 'revoked' })], tls)
    expect(await push(tls.acme)).toEqual({ status: 401, text: 'invalid_credentials' })
  })

  it('Client-Cert from a client is refused, with or without a certificate of its own', async () => {
    const push = await start([byThumbprint(tls.acme.sha256)], tls)
    const spoof = ['Client-Cert', toHeader(tls.acme)]
    expect(await push(tls.acme, spoof)).toEqual({ status: 400, text: 'header_invalid' })
    expect(await push(undefined, spoof)).toEqual({ status: 400, text: 'header_invalid' })
  })

  describe('as a layer on an API key', () => {
    const KEY = 'pk_sandbox_demoAcmeKey1_NotASecretOnlyForVectors0123456789abcdefghi25z69Z'
    const layered = (change: Partial<CredentialBase>): Credential => ({
      ...BASE,
      kind: 'api-key',
      keyId: 'demoAcmeKey1',
      secretSha256: 'ea1be19a16317907d676092799c430296bc5f6ab5129b8280f77dabb7bde3451',
      ...change,
    })
    const withKey = ['X-API-Key', KEY]

    it('one of the bound certificates is needed', async () => {
      const push = await start([layered({ certificates: [tls.acme.sha256] })], tls)
      expect(await push(tls.acme, withKey)).toEqual({ status: 200, text: 'acme by api-key' })
      expect(await push(tls.globex, withKey)).toEqual({ status: 401, text: 'certificate_mismatch' })
      expect(await push(tls.selfSigned, withKey)).toEqual({ status: 401, text: 'certificate_mismatch' })
      expect(await push(undefined, withKey)).toEqual({ status: 401, text: 'certificate_required' })
    })

    it('any that the CA vouches for is needed', async () => {
      const push = await start([layered({ requires: ['client-certificate'] })], tls)
      expect((await push(tls.globex, withKey)).status).toBe(200)
      expect(await push(tls.selfSigned, withKey)).toEqual({ status: 401, text: 'certificate_mismatch' })
      expect(await push(undefined, withKey)).toEqual({ status: 401, text: 'certificate_required' })
    })
  })
})

describe.skipIf(identities === undefined)('told by a proxy (RFC 9440)', () => {
  const tls = identities!
  const PROXY: Partial<RequestVerifierOptions> = {
    schemes: SCHEMES,
    trustedProxies: ['192.0.2.0/24'],
    clientCertHeader: true,
  }
  const from = (address: string, value: string): IncomingRequest => ({
    method: 'POST',
    target: '/v1/order-statuses',
    rawHeaders: ['Host', 'api.example.com', 'Client-Cert', value],
    body: Buffer.alloc(0),
    peer: { address },
  })
  const verify = async (request: IncomingRequest, options = PROXY): Promise<string | undefined> => {
    const { answer, credentials } = createFixture(options)
    credentials.add(byName('DNS:push.acme.example'))
    const { code, caller } = await answer(request)
    return code ?? caller?.scheme
  }

  it('is believed of a trusted proxy, when that is configured', async () => {
    expect(await verify(from('192.0.2.10', toHeader(tls.acme)))).toBe('client-certificate')
    expect(await verify(from('192.0.2.10', toHeader(tls.globex)))).toBe('invalid_credentials')
    expect(await verify(from('203.0.113.9', toHeader(tls.acme)))).toBe('header_invalid')
    const notConfigured = { ...PROXY, clientCertHeader: false }
    expect(await verify(from('192.0.2.10', toHeader(tls.acme)), notConfigured)).toBe('header_invalid')
  })

  it.each(['', '::', ':%%%:', 'MIIB', ':TUlJQg==', ':TUlJQg==:, :TUlJQg==:', `:${'A'.repeat(3)}:`])(
    'a malformed value is refused: %j',
    async value => expect(await verify(from('192.0.2.10', value))).toBe('header_invalid'),
  )

  it('bytes that are no certificate open nothing and break nothing', async () => {
    expect(await verify(from('192.0.2.10', ':TUlJQg==:'))).toBe('invalid_credentials')
  })
})

function toHeader({ certificate }: Identity): string {
  const base64 = certificate.replaceAll(/-----[A-Z ]+-----|\s/g, '')
  return `:${base64}:`
}
