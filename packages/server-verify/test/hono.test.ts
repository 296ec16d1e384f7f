// What is Hono's own, on Node and where there is a `Request` only; the attacks are in conformance/.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import { type CountersignEnv, countersignHono } from '../src/adapters/hono.js'
import { exchangeHttp1, findHeader, type WireAnswer } from './conformance/raw-client.js'
import { ACME, BODY_LIMIT, createTestbed, HOST, signRequest } from './conformance/testbed.js'
import { toFields, toHttp1 } from './conformance/wire-message.js'
import type { SignedRequest, SignParameters } from './independent-signer.js'

const WRITE = { scopes: ['orders:status:write'] }
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(app: Pick<Hono, 'fetch'>): Promise<(request: SignedRequest) => Promise<WireAnswer>> {
  const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }))
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return async request => (await exchangeHttp1(port, toHttp1(request))).answers.at(-1)!
}

const json = (change: Partial<SignParameters> = {}): SignedRequest =>
  signRequest({ body: '{"status":"shipped"}', headers: [['Content-Type', 'application/json']], ...change })

/** As a fetch runtime hands it over. */
function toRequest({ method, target, rawHeaders, body }: SignedRequest, origin = `http://${HOST}`): Request {
  const bodiless = method === 'GET' || method === 'HEAD'
  const headers = toFields(rawHeaders).map(([name, value]): [string, string] => [name, value])
  return new Request(`${origin}${target}`, { method, headers, ...(bodiless ? {} : { body }) })
}

describe('hono on node', () => {
  it('handlers read the verified body in the usual ways', async () => {
    const { verified } = countersignHono(createTestbed().verifier)
    const app = new Hono()
    app.post('/v1/orders/:id/statuses', verified(WRITE), async c => {
      const { status } = await c.req.json()
      const text = await c.req.text()
      return c.json({ partner: c.get('caller').partnerId, id: c.req.param('id'), status, text }, 202)
    })
    const answer = await (await listen(app))(json())
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      202,
      { partner: 'acme', id: 'A-1001', status: 'shipped', text: '{"status":"shipped"}' },
    ])
    expect(findHeader(answer, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('a body that was read before is thrown, with a code', async () => {
    const { verified } = countersignHono(createTestbed().verifier)
    const thrown: unknown[] = []
    const app = new Hono()
    app.onError((error, c) => {
      thrown.push(error)
      return c.body(null, 500)
    })
    app.use(async (c, next) => {
      await c.req.json()
      await next()
    })
    app.use(verified(WRITE))
    expect((await (await listen(app))(json())).status).toBe(500)
    expect(thrown).toMatchObject([{ code: 'body_read_before_verification', status: 500 }])
  })

  it('an application that is mounted, and a handler of its own type', async () => {
    const { verified } = countersignHono(createTestbed().verifier)
    const inner = new Hono<CountersignEnv>()
    inner.use(verified(WRITE))
    inner.post('/orders/:id/statuses', c => c.text(`${c.get('caller').partnerId} ${c.var.rawBody.length}`))
    const answer = await (await listen(new Hono().route('/v1', inner)))(json())
    expect([answer.status, answer.body]).toEqual([200, 'acme 20'])
  })

  it("errors of a handler are the application's; answers of its own keep the request id", async () => {
    const { verified, answerError } = countersignHono(createTestbed().verifier)
    const app = new Hono()
    app.onError((error, c) => {
      expect(() => answerError(error, c)).toThrow('mine')
      return c.text('mine', 418)
    })
    app.use(verified(WRITE))
    app.post('/v1/throws', () => {
      throw new Error('mine')
    })
    app.post('/v1/raw', () => new Response('raw'))
    const send = await listen(app)
    expect((await send(json({ target: '/v1/throws' }))).status).toBe(418)
    expect(findHeader(await send(json({ target: '/v1/raw' })), 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('hono on a fetch runtime', () => {
  function create(options: Parameters<typeof createTestbed>[0] = {}, address?: string): Hono {
    const { checkTarget, verified, answerError } = countersignHono(createTestbed(options).verifier, {
      onError: () => undefined,
      address: () => address,
    })
    const app = new Hono()
    app.onError(answerError)
    app.use(checkTarget)
    app.all('*', verified(WRITE), async c => c.text(`${c.get('caller').partnerId} ${await c.req.text()}`))
    return app
  }
  const codeOf = async (response: Response): Promise<unknown> =>
    ((await response.json()) as { code: string }).code

  it('a signed request passes once', async () => {
    const app = create()
    const request = json()
    const first = await app.fetch(toRequest(request))
    expect([first.status, await first.text()]).toEqual([200, 'acme {"status":"shipped"}'])
    expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await codeOf(await app.fetch(toRequest(request)))).toBe('request_replayed')
    expect((await app.fetch(toRequest(signRequest({ method: 'GET', body: '' })))).status).toBe(200)
  })

  it('the host of the URL must be that of the header', async () => {
    expect(await codeOf(await create().fetch(toRequest(json(), 'http://evil.example')))).toBe(
      'header_invalid',
    )
  })

  it.each([
    ['/v1/a?', 'target_not_canonical'],
    ['/v1/a#b', 'target_not_canonical'],
    ['//v1/a', 'target_not_canonical'],
    ['/v1/%2e%2e/a', 'invalid_credentials'],
    ['/v1/a?b=1&a=2', 'query_not_canonical'],
  ])('%s is refused', async (target, code) => {
    expect(await codeOf(await create().fetch(toRequest(json({ target }))))).toBe(code)
  })

  it('a body over the limit is refused, not cut, with and without a length', async () => {
    const body = 'x'.repeat(BODY_LIMIT + 1)
    expect((await create().fetch(toRequest(json({ body })))).status).toBe(413)
    const declared = json({ body: 'x', unsignedHeaders: [['Content-Length', String(BODY_LIMIT + 1)]] })
    expect((await create().fetch(toRequest(declared))).status).toBe(413)
    const atLimit = await create().fetch(toRequest(json({ body: 'x'.repeat(BODY_LIMIT) })))
    expect(atLimit.status).toBe(200)
  })

  it('a body that was read before is a mistake', async () => {
    const request = toRequest(json())
    await request.text()
    expect(await codeOf(await create().fetch(request))).toBe('internal_error')
  })

  it('the address comes from the runtime, and from nowhere else', async () => {
    const credential = { ...ACME, keyId: 'acme_at_home', secret: 'at-home', ipAllowList: ['192.0.2.0/24'] }
    const home = (): Request => toRequest(json({ keyId: 'acme_at_home', secret: 'at-home' }))
    const options = { credentials: [credential] }
    expect((await create(options, '192.0.2.7').fetch(home())).status).toBe(200)
    expect(await codeOf(await create(options, '198.51.100.1').fetch(home()))).toBe('ip_not_allowed')
    expect(await codeOf(await create(options).fetch(home()))).toBe('ip_not_allowed')
  })

  it('what was lent is given back when the answer was read, or given up', async () => {
    let held = 0
    const concurrency = {
      acquire: () => {
        held++
        return { release: () => void held-- }
      },
    }
    const app = create({ verifier: { concurrency } })
    const read = await app.fetch(toRequest(json()))
    expect(held).toBe(1)
    await read.text()
    expect(held).toBe(0)
    const cancelled = await app.fetch(toRequest(json()))
    await cancelled.body?.cancel()
    expect(held).toBe(0)
  })
})
