import { createServer } from 'node:https'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hmacAuth } from './hmac-authenticator.js'
import type { PartnerClientOptions } from './options.js'
import { type Caller, PartnerClient } from './partner-client.js'
import { startConnectProxy } from './testing/connect-proxy.js'
import { close, listen, startRecordingServer } from './testing/recording-server.js'
import { createTlsFiles } from './testing/tls-files.js'

const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: 'a-secret', environment: 'sandbox', api: 'orders' })
const tls = createTlsFiles()
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function startTlsServer(): Promise<string> {
  const server = createServer({ cert: tls!.certificate, key: tls!.key }, (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"partner":"acme"}')
  })
  open.push({ close: () => close(server) })
  return `https://localhost:${await listen(server)}`
}

function whoami(baseUrl: string, options: Partial<PartnerClientOptions>): Promise<Caller> {
  const client = new PartnerClient({ baseUrl, auth, retry: { maxAttempts: 1 }, ...options })
  open.unshift(client)
  return client.whoami()
}

describe.skipIf(tls === undefined)('TLS', () => {
  const ca = tls?.ca ?? ''

  it('refuses an unknown authority: a fault of this machine, not worth a retry', async () => {
    const failure = whoami(await startTlsServer(), { proxy: false })
    await expect(failure).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'tls_failed',
      retryable: false,
      notSent: true,
    })
    await expect(failure).rejects.toThrow(/caBundle/)
  })

  it('trusts caBundle, as text and as bytes', async () => {
    const url = await startTlsServer()
    expect(await whoami(url, { proxy: false, caBundle: ca })).toMatchObject({ partner: 'acme' })
    expect(await whoami(url, { proxy: false, caBundle: Buffer.from(ca) })).toMatchObject({ partner: 'acme' })
  })

  it('trusts caBundle through a proxy as well', async () => {
    const proxy = await startConnectProxy('hunter2')
    open.push(proxy)
    const url = await startTlsServer()
    const withPassword = proxy.url.replace('//', '//user:hunter2@')
    expect(await whoami(url, { proxy: withPassword, caBundle: ca })).toMatchObject({ partner: 'acme' })
    expect(proxy.tunnels).toEqual([new URL(url).host])
    await expect(whoami(url, { proxy: withPassword })).rejects.toMatchObject({ code: 'tls_failed' })
  })

  it('takes the proxy from the environment, though a lower-case variable is empty', async () => {
    const proxy = await startConnectProxy()
    open.push(proxy)
    const url = await startTlsServer()
    vi.stubEnv('https_proxy', '')
    vi.stubEnv('HTTPS_PROXY', proxy.url)
    vi.stubEnv('no_proxy', '')
    vi.stubEnv('NO_PROXY', '')
    await whoami(url, { caBundle: ca })
    expect(proxy.tunnels).toHaveLength(1)
    vi.stubEnv('NO_PROXY', 'localhost')
    await whoami(url, { caBundle: ca })
    expect(proxy.tunnels).toHaveLength(1)
  })

  it.each(['no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'refuses a caBundle that is none: %.30j',
    async caBundle => {
      await expect(whoami(await startTlsServer(), { proxy: false, caBundle })).rejects.toMatchObject({
        code: 'option_invalid',
      })
    },
  )
})

describe('a proxy', () => {
  it('that wants a password is named, and the password given is not shown', async () => {
    const proxy = await startConnectProxy('right')
    open.push(proxy)
    const server = await startRecordingServer(() => ({ body: { partner: 'acme' } }))
    open.push(server)
    const wrong = proxy.url.replace('//', '//user:canary-wrong@')
    const failure = whoami(server.url, { proxy: wrong })
    await expect(failure).rejects.toMatchObject({
      name: 'ConnectionError',
      code: 'proxy_failed',
      retryable: false,
    })
    await expect(failure).rejects.toThrow(/407/)
    await expect(failure).rejects.not.toThrow(/canary/)
    expect(server.requests).toEqual([])
  })

  it('gets requests for plain http through a tunnel, so that the signed Host and target arrive unchanged', async () => {
    const proxy = await startConnectProxy()
    open.push(proxy)
    const server = await startRecordingServer(() => ({ body: { partner: 'acme' } }))
    open.push(server)
    await whoami(server.url, { proxy: proxy.url })
    expect(proxy.tunnels).toEqual([new URL(server.url).host])
    expect(server.requests[0]!.target).toBe('/v1/whoami')
  })
})
