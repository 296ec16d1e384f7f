import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { directFetch, mayGoDirectly } from './direct-fetch.js'

const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: 'a-secret', environment: 'sandbox', api: 'orders' })
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function listen(react: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(react)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(baseUrl: string, timeoutMs = 5000): PartnerClient {
  return new PartnerClient({ baseUrl, auth, fetch: directFetch, timeoutMs, retry: { maxAttempts: 1 } })
}

describe('directFetch', () => {
  it('sends the target, the host and the body as they were signed', async () => {
    const seen: unknown[] = []
    const url = await listen(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const { host, 'content-length': length, authorization } = request.headers
      seen.push([request.method, request.url, host, length, Buffer.concat(chunks).toString()])
      seen.push(typeof authorization)
      response.writeHead(200, [
        ...['content-type', 'application/json'],
        ...['x-request-id', 'req-1'],
        ...['link', '<a>', 'link', '<b>'],
      ])
      response.end('{"fine":true}')
    })
    const answer = await connect(url).request({
      method: 'POST',
      path: '/v1/a',
      query: [['q', "it's ~1"]],
      body: { a: 'ü' },
    })
    expect(seen).toEqual([['POST', '/v1/a?q=it%27s%20~1', new URL(url).host, '10', '{"a":"ü"}'], 'string'])
    expect(answer).toMatchObject({ status: 200, requestId: 'req-1', body: { fine: true } })
    expect(answer.headers).toMatchObject({ link: '<a>, <b>' })
  })

  it('follows nothing', async () => {
    let requests = 0
    const url = await listen((_, response) => {
      requests++
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    await expect(connect(url).whoami()).rejects.toMatchObject({ status: 307 })
    expect(requests).toBe(1)
  })

  it.each([
    ['nothing listens', undefined, { code: 'connection_refused', notSent: true }],
    ['the answer breaks off', 'break', { code: 'connection_lost', notSent: false }],
    ['the answer does not come', 'hang', { code: 'response_timeout' }],
  ])('says what the matter is when %s', async (_, fate, expected) => {
    const url = await listen((__, response) => {
      if (fate === 'break') response.writeHead(200, { 'content-length': 10 }).write('half')
      if (fate === 'break') setImmediate(() => response.destroy())
    })
    if (fate === undefined) await new Promise(resolve => servers.pop()?.close(resolve))
    await expect(connect(url, 300).whoami()).rejects.toMatchObject({ name: 'ConnectionError', ...expected })
  })

  it('ends with the reason of the signal', async () => {
    const stop = new AbortController()
    const url = await listen(() => stop.abort(new Error('enough')))
    await expect(connect(url).whoami(stop.signal)).rejects.toThrow('enough')
  })
})

it('is not for a machine whose environment names a proxy', () => {
  expect(mayGoDirectly({ HTTPS_PROXY: '', NO_PROXY: 'localhost' })).toBe(true)
  for (const name of ['http_proxy', 'HTTPS_PROXY', 'All_Proxy'.toLowerCase(), 'ALL_PROXY'])
    expect(mayGoDirectly({ [name]: 'http://proxy.example.com' })).toBe(false)
})
