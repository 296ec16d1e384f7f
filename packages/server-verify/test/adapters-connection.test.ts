// What an adapter has to do with the connection: the client's certificate, and giving back what was lent for a request.
import { connect as connectHttp2 } from 'node:http2'
import { request as sendHttps } from 'node:https'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type ConcurrencyLimit, certificateKeyId, clientCertificate, hmacSignature } from '../src/index.js'
import { ADAPTERS, type Adapter, type RunningAdapter, type Seen } from './conformance/adapters.js'
import { exchangeHttp1 } from './conformance/raw-client.js'
import { exchangeHttp2 } from './conformance/raw-http2-client.js'
import { createTestbed, NOW, signRequest } from './conformance/testbed.js'
import { type HttpVersion, toHttp1, toHttp2 } from './conformance/wire-message.js'
import { createTlsIdentities, type Identity } from './tls-identities.js'

const identities = createTlsIdentities()
const WRITE = { scopes: ['orders:status:write'] }
const COMBINATIONS = Object.entries(ADAPTERS).flatMap(([name, adapter]: [string, Adapter]) =>
  adapter.versions.map(version => ({ name, adapter, version })),
)
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe.skipIf(identities === undefined)('the certificate of the connection', () => {
  const tls = identities!

  it.each(COMBINATIONS)('$name, HTTP/$version', async ({ adapter, version }) => {
    const { verifier } = createTestbed({
      verifier: { authorities: () => true, schemes: [hmacSignature(), clientCertificate()] },
      credentials: [
        {
          ...{
            kind: 'client-certificate',
            keyId: certificateKeyId(tls.acme.sha256),
            partnerId: 'by-certificate',
          },
          ...{ certificates: [tls.acme.sha256], environment: 'sandbox', scopes: WRITE.scopes },
          ...{ state: 'active', createdAt: NOW - 1000 },
        },
      ],
    })
    const server = { cert: tls.server.certificate, key: tls.server.key, ca: tls.ca }
    const running = await adapter.start(
      { verifier, requirement: WRITE, onReached: () => undefined, tls: server },
      version,
    )
    closing.push(() => running.close())
    const get = version === '2' ? getHttp2 : getHttp1
    expect(await get(running.port, tls.acme, tls.ca)).toEqual([200, 'by-certificate'])
    expect((await get(running.port, tls.globex, tls.ca))[0]).toBe(401)
    expect((await get(running.port, undefined, tls.ca))[0]).toBe(401)
  })
})

function getHttp1(port: number, identity: Identity | undefined, ca: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const sent = sendHttps(
      {
        host: '127.0.0.1',
        port,
        path: '/v1/a',
        agent: false,
        ca,
        cert: identity?.certificate,
        key: identity?.key,
      },
      async response => {
        let text = ''
        for await (const chunk of response) text += String(chunk)
        resolve([response.statusCode ?? 0, text])
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

function getHttp2(port: number, identity: Identity | undefined, ca: string): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ca,
      cert: identity?.certificate,
      key: identity?.key,
    })
    session.on('error', reject)
    const stream = session.request({ ':path': '/v1/a' })
    let status = 0
    let text = ''
    stream.on('response', headers => {
      status = Number(headers[':status'])
    })
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    stream.on('end', () => {
      session.close()
      resolve([status, text])
    })
    stream.on('error', reject)
  })
}

interface Held {
  readonly limit: ConcurrencyLimit
  readonly count: () => number
  /** Resolves as soon as nothing is held. */
  readonly empty: () => Promise<void>
}

function countLeases(): Held {
  let held = 0
  const waiting: (() => void)[] = []
  const limit: ConcurrencyLimit = {
    acquire() {
      held++
      return {
        release() {
          held--
          if (held === 0) for (const resolve of waiting.splice(0)) resolve()
        },
      }
    },
  }
  const empty = (): Promise<void> =>
    held === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))
  return { limit, count: () => held, empty }
}

describe('a lease for the time of a request', () => {
  async function start(
    adapter: Adapter,
    version: HttpVersion,
    leases: Held,
    hold?: () => Promise<void>,
  ): Promise<{ running: RunningAdapter; reached: Seen[] }> {
    const reached: Seen[] = []
    const { verifier } = createTestbed({ verifier: { concurrency: leases.limit } })
    const onReached = (seen: Seen): void => void reached.push(seen)
    const running = await adapter.start({ verifier, requirement: WRITE, onReached, hold }, version)
    closing.push(() => running.close())
    return { running, reached }
  }

  it.each(COMBINATIONS)(
    'is given back after the answer: $name, HTTP/$version',
    async ({ adapter, version }) => {
      const leases = countLeases()
      const during: number[] = []
      const { running } = await start(adapter, version, leases, async () => void during.push(leases.count()))
      const answers =
        version === '2'
          ? exchangeHttp2(running.port, [toHttp2(signRequest())]).then(([of]) => of!)
          : exchangeHttp1(running.port, toHttp1(signRequest()))
      expect((await answers).answers.at(-1)!.status).toBe(200)
      expect(during).toEqual([1])
      await leases.empty()
      expect(leases.count()).toBe(0)
    },
  )

  it.each(COMBINATIONS.filter(({ version }) => version === '1.1'))(
    'is given back when the caller has gone: $name',
    async ({ adapter, version }) => {
      const leases = countLeases()
      let release: () => void = () => undefined
      let reachedHandler: () => void = () => undefined
      const isReached = new Promise<void>(resolve => {
        reachedHandler = resolve
      })
      const { running } = await start(adapter, version, leases, () => {
        reachedHandler()
        return new Promise(resolve => {
          release = resolve
        })
      })
      const socket = connect(running.port, '127.0.0.1')
      socket.write(toHttp1(signRequest()), 'latin1')
      await isReached
      expect(leases.count()).toBe(1)
      socket.destroy()
      await leases.empty()
      release()
    },
  )
})
