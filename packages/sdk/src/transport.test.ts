import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { build } from 'esbuild'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { ClientCertificateOptions } from './client-certificate.js'
import { hmacAuth } from './hmac-authenticator.js'
import type { PartnerClientOptions } from './options.js'
import { type Caller, PartnerClient } from './partner-client.js'
import { startConnectProxy } from './testing/connect-proxy.js'
import { close, listen, startRecordingServer } from './testing/recording-server.js'
import { createTlsFiles, type KeyedCertificate } from './testing/tls-files.js'

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

describe.skipIf(tls === undefined)('HTTP/2', () => {
  const startHttp2 = async (
    react: (stream: ServerHttp2Stream) => boolean = () => true,
  ): Promise<{
    url: string
    seen: { version: string; authority: string; target: string }[]
    sessions: () => number
  }> => {
    const seen: { version: string; authority: string; target: string }[] = []
    let sessions = 0
    const server = createSecureServer(
      { cert: tls!.certificate, key: tls!.key, allowHTTP1: true },
      (request, response) => {
        request.resume()
        seen.push({
          version: request.httpVersion,
          authority: request.authority || String(request.headers.host),
          target: request.url,
        })
        if (request.httpVersion === '1.1' || react(request.stream))
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"partner":"acme"}')
      },
    )
    const live = new Set<{ destroy(): void }>()
    server.on('session', session => {
      sessions++
      live.add(session)
    })
    open.push({
      close: () =>
        new Promise(resolve => {
          for (const session of live) session.destroy()
          server.close(() => resolve())
        }),
    })
    const port = await new Promise<number>(resolve =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
    return { url: `https://localhost:${port}`, seen, sessions: () => sessions }
  }

  it('is spoken where the server offers it, over one connection, with the signed host as :authority', async () => {
    const { url, seen, sessions } = await startHttp2()
    const client = new PartnerClient({ baseUrl: url, auth, caBundle: tls!.ca, proxy: false })
    open.unshift(client)
    await client.whoami()
    await Promise.all(
      Array.from({ length: 20 }, () =>
        client.request({ method: 'POST', path: '/v1/x', body: { a: 1 }, repeatable: true }),
      ),
    )
    expect(new Set(seen.map(each => each.version))).toEqual(new Set(['2.0']))
    expect(new Set(seen.map(each => each.authority))).toEqual(new Set([new URL(url).host]))
    expect(seen).toHaveLength(21)
    const before = sessions()
    for (let n = 0; n < 5; n++) await client.whoami()
    expect(sessions()).toBe(before)
  })

  it('survives a server that closes, breaks off or hangs', async () => {
    const fates = ['goaway', 'destroy', 'good', 'reset', 'good', 'hang', 'good']
    const { url, seen } = await startHttp2(stream => {
      const fate = fates.shift()
      if (fate === 'hang') return false
      if (fate === 'reset') stream.close(8)
      if (fate === 'destroy') stream.session?.destroy()
      if (fate === 'goaway') stream.session?.goaway(0)
      return fate === 'good' || fate === 'goaway'
    })
    const client = new PartnerClient({
      baseUrl: url,
      auth,
      caBundle: tls!.ca,
      proxy: false,
      timeoutMs: 300,
      retry: { baseDelayMs: 0, maxDelayMs: 0 },
    })
    open.unshift(client)
    for (let n = 0; n < 3; n++) await client.whoami()
    expect([fates, seen.length]).toEqual([[], 7])
    const controller = new AbortController()
    const aborted = client.whoami(controller.signal)
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
  })

  it('is not spoken when switched off', async () => {
    const { url, seen } = await startHttp2()
    await whoami(url, { caBundle: tls!.ca, proxy: false, http2: false })
    expect(seen[0]).toMatchObject({ version: '1.1', authority: new URL(url).host })
  })
})

describe.skipIf(tls === undefined)('a client certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-certificate-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const certificateFile = join(folder, 'client.pem')
  const keyFile = join(folder, 'client.key')

  async function startMutualTls(): Promise<{ url: string; shown: (string | undefined)[] }> {
    const shown: (string | undefined)[] = []
    const server = createServer(
      { cert: tls!.certificate, key: tls!.key, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        request.resume()
        shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"partner":"acme"}')
      },
    )
    open.push({ close: () => close(server) })
    return { url: `https://localhost:${await listen(server)}`, shown }
  }
  const write = ({ certificate, key }: KeyedCertificate): void => {
    writeFileSync(certificateFile, certificate)
    writeFileSync(keyFile, key)
  }

  it('is shown, from files or from memory', async () => {
    const { url, shown } = await startMutualTls()
    write(tls!.client)
    const shared = { caBundle: tls!.ca, proxy: false } as const
    await whoami(url, { ...shared, clientCertificate: { certificateFile, keyFile } })
    await whoami(url, {
      ...shared,
      clientCertificate: { ...tls!.nextClient, key: async () => tls!.nextClient.key },
    })
    await whoami(url, shared)
    expect(shown).toEqual(['client', 'next', undefined])
  })

  it('is shown through a proxy to the server', async () => {
    const { url, shown } = await startMutualTls()
    const proxy = await startConnectProxy()
    open.push(proxy)
    await whoami(url, { caBundle: tls!.ca, proxy: proxy.url, clientCertificate: tls!.client })
    expect([shown, proxy.tunnels.length]).toEqual([['client'], 1])
  })

  it('that is replaced on disk is taken up while requests go on, and none fails', async () => {
    const { url, shown } = await startMutualTls()
    write(tls!.client)
    let moved = 0
    const base = performance.now.bind(performance)
    vi.spyOn(performance, 'now').mockImplementation(() => base() + moved)
    const client = new PartnerClient({
      baseUrl: url,
      auth,
      caBundle: tls!.ca,
      proxy: false,
      clientCertificate: { certificateFile, keyFile },
    })
    open.unshift(client)
    await client.whoami()
    // Half of the exchange: certificate and key do not belong together, so the former pair stays.
    writeFileSync(certificateFile, tls!.nextClient.certificate)
    moved += 2000
    await client.whoami()
    writeFileSync(keyFile, tls!.nextClient.key)
    moved += 2000
    await Promise.all(Array.from({ length: 5 }, () => client.whoami()))
    expect(shown).toEqual(['client', 'client', ...Array(5).fill('next')])
    vi.restoreAllMocks()
  })

  it.each<[string, () => ClientCertificateOptions]>([
    ['whose file is not there', () => ({ certificateFile: join(folder, 'none'), keyFile })],
    ['with the key of another', () => ({ certificate: tls!.client.certificate, key: tls!.nextClient.key })],
    ['that is none', () => ({ certificate: 'x', key: 'cs-canary-key' })],
  ])('%s is refused before anything is sent', async (_, make) => {
    const { url, shown } = await startMutualTls()
    const failure = whoami(url, { caBundle: tls!.ca, proxy: false, clientCertificate: make() })
    await expect(failure).rejects.toMatchObject({ name: 'UsageError', code: 'client_certificate_invalid' })
    await expect(failure).rejects.not.toThrow(/cs-canary/)
    expect(shown).toEqual([])
  })
})

it('undici, oauth4webapi and jose are loaded with the first request, not with the package', async () => {
  const entryPoints = [join(import.meta.dirname, 'index.ts')]
  const { metafile } = await build({
    entryPoints,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['countersign:source'],
    external: ['undici', 'jose', 'oauth4webapi'],
    metafile: true,
    write: false,
  })
  const imports = Object.values(metafile.outputs).flatMap(output => output.imports)
  const eager = imports.filter(({ kind, path }) => kind === 'import-statement' && !path.startsWith('node:'))
  expect(eager).toEqual([])
  const lazy = imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path)
  expect(lazy).toEqual(expect.arrayContaining(['undici', 'jose', 'oauth4webapi']))
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
