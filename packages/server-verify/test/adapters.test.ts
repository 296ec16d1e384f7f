// Both adapters over real HTTP on a free port; hostile targets by raw sockets.
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { answerFrameworkError, countersignFastify } from '../src/adapters/fastify.js'
import { createVerifiedHandler } from '../src/adapters/node-http.js'
import { createMemoryRateLimit, type RequestVerifierOptions } from '../src/index.js'
import { createFixture, type Fixture, WRITE } from './fixture.js'
import { PARTNER_LABELS } from './independent-signer.js'
import { type RawAnswer, sendRaw, toBytes } from './raw-http.js'

interface Running {
  readonly port: number
  readonly fixture: Fixture
  readonly reached: () => number
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function portOf(server: Pick<Server, 'address'>): number {
  return (server.address() as AddressInfo).port
}

async function startNode(options: Partial<RequestVerifierOptions>): Promise<Running> {
  const fixture = createFixture({ authorities: () => true, ...options })
  let reached = 0
  const listener = createVerifiedHandler(fixture.verifier, WRITE, (_, response, caller, body) => {
    reached++
    response.end(`${caller.partnerId} ${body.length}`)
  })
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise(resolve => server.close(resolve)))
  return { port: portOf(server), fixture, reached: () => reached }
}

async function startFastify(
  options: Partial<RequestVerifierOptions>,
  arrange: (app: FastifyInstance) => void = () => undefined,
): Promise<Running> {
  const fixture = createFixture({ authorities: () => true, ...options })
  let reached = 0
  const app = Fastify({ frameworkErrors: answerFrameworkError })
  arrange(app)
  await app.register(countersignFastify, { verifier: fixture.verifier })
  app.route({
    method: ['GET', 'POST'],
    url: '/v1/*',
    onRequest: app.verified(WRITE),
    handler: async request => {
      reached++
      return `${request.caller.partnerId} ${(await request.rawBody()).length}`
    },
  })
  app.post('/late', { preHandler: app.verified(WRITE) }, async request => {
    const body = request.body as Buffer
    return `${request.caller.partnerId} ${body.length}`
  })
  app.get('/open', async () => 'open')
  app.get('/forgotten', async request => request.caller.partnerId)
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => app.close())
  return { port: portOf(app.server), fixture, reached: () => reached }
}

const codeOf = (answer: RawAnswer): unknown => JSON.parse(answer.body).code

describe.each([
  ['node', startNode],
  ['fastify', startFastify],
] as const)('%s', (_, start) => {
  const open = (options: Partial<RequestVerifierOptions> = {}): Promise<Running> => start(options)

  it('hands a verified request to the handler, with the quota in the headers', async () => {
    const { port, fixture } = await open({ rateLimit: createMemoryRateLimit({ requests: 5 }) })
    const answer = await sendRaw(port, toBytes(fixture.signed({ body: Buffer.from([0, 255, 13, 10]) })))
    expect([answer.status, answer.body]).toEqual([200, 'acme 4'])
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('ratelimit')).toBe('"partner";r=4;t=60')
  })

  it('answers a refusal with a problem', async () => {
    const { port, fixture, reached } = await open()
    const answer = await sendRaw(port, toBytes(fixture.signed({ secret: 'wrong' })))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toContain('PARTNER4-HMAC-SHA256')
    expect(JSON.parse(answer.body)).toEqual({
      type: 'about:blank#invalid_credentials',
      title: expect.any(String),
      status: 401,
      detail: expect.any(String),
      code: 'invalid_credentials',
      retryable: false,
      requestId: answer.headers.get('x-request-id'),
      errors: [],
    })
    expect(reached()).toBe(0)
  })

  it('200 concurrent copies: one 200, 199 times 409', async () => {
    const { port, fixture, reached } = await open()
    const bytes = toBytes(fixture.signed())
    const answers = await Promise.all(Array.from({ length: 200 }, () => sendRaw(port, bytes)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    const others = answers.filter(({ status }) => status !== 200)
    expect(new Set(others.map(codeOf))).toEqual(new Set(['request_replayed']))
    expect(reached()).toBe(1)
  })

  it.each([
    ['/v1/a/../b', 'target_not_canonical'],
    ['/v1/a/%2e%2e/b', 'target_not_canonical'],
    ['/v1//a', 'target_not_canonical'],
    ['/v1/%ZZ', 'target_not_canonical'],
    ['/v1/a%2Fb', 'target_not_canonical'],
    ['http://evil.example/v1/a', 'target_not_canonical'],
    ['/v1/a#fragment', 'target_not_canonical'],
    ['/v1/a?', 'target_not_canonical'],
    ['/v1/a?b=1&a=2', 'query_not_canonical'],
    ['/v1/a?a=1&a=2', 'query_not_canonical'],
    ['/v1/a?a=b+c', 'query_not_canonical'],
    ['/v1/a?a=%zz', 'query_not_canonical'],
  ])('the raw target %s: 400, signed as sent or not', async (target, code) => {
    const { port, fixture, reached } = await open()
    for (const request of [fixture.signed({ target }), fixture.signed()]) {
      const answer = await sendRaw(port, toBytes(request, { target }))
      expect([answer.status, codeOf(answer)]).toEqual([400, code])
    }
    expect(reached()).toBe(0)
  })

  it('the body cap: limit passes, one more is 413 and never a cut body, with and without a length', async () => {
    const { port, fixture, reached } = await open({ limits: { bodyBytes: 100 } })
    expect((await sendRaw(port, toBytes(fixture.signed({ body: 'x'.repeat(100) })))).status).toBe(200)
    const tooLong = await sendRaw(port, toBytes(fixture.signed({ body: 'x'.repeat(101) })))
    expect([tooLong.status, codeOf(tooLong)]).toEqual([413, 'body_too_large'])
    const declared = 'POST /v1/a HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n'
    expect((await sendRaw(port, declared)).status).toBe(413)
    const request = fixture.signed({ body: 'y'.repeat(100) })
    const chunked = (extra: string): string =>
      toBytes(request)
        .toString('latin1')
        .replace('Content-Length: 100', 'Transfer-Encoding: chunked')
        .replace('y'.repeat(100), `64\r\n${'y'.repeat(100)}\r\n${extra}0\r\nX-Partner-Evil: trailer\r\n\r\n`)
    expect((await sendRaw(port, chunked('1\r\nz\r\n'))).status).toBe(413)
    expect((await sendRaw(port, chunked(''))).status).toBe(200)
    expect(reached()).toBe(2)
  })

  it('a GET with a body is hashed too', async () => {
    const { port, fixture } = await open()
    const request = fixture.signed({ method: 'GET', body: 'body' })
    expect((await sendRaw(port, toBytes(request, { body: Buffer.from('ydob') }))).status).toBe(401)
    expect((await sendRaw(port, toBytes(request))).body).toBe('acme 4')
  })

  it.each(['application/json', 'text/plain; charset=utf-16', 'nonsense'])(
    'content-type %s changes no byte of the body',
    async type => {
      const { port, fixture } = await open()
      const request = fixture.signed({ body: '{"a": 1', unsignedHeaders: [['Content-Type', type]] })
      const answer = await sendRaw(port, toBytes(request))
      expect([answer.status, answer.body]).toEqual([200, 'acme 7'])
    },
  )

  it('duplicates and header names of Object.prototype arrive as sent', async () => {
    const { port, fixture } = await open()
    const headers = [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ] as const
    expect((await sendRaw(port, toBytes(fixture.signed({ headers })))).status).toBe(200)
    const twice = fixture.signed({ unsignedHeaders: [['X-Partner-Date', '20261121T233040Z']] })
    expect(codeOf(await sendRaw(port, toBytes(twice)))).toBe('duplicate_header')
    const noHost = 'GET /v1/a HTTP/1.0\r\nConnection: close\r\n\r\n'
    expect(codeOf(await sendRaw(port, noHost))).toBe('header_invalid')
  })

  it('unknown key and wrong secret: the same bytes but for the request id and the date', async () => {
    const { port, fixture } = await open()
    const [unknown, wrong] = await Promise.all(
      [fixture.signed({ keyId: 'nobody_here_1' }), fixture.signed({ secret: 'wrong' })].map(async request => {
        const { status, headers, body } = await sendRaw(port, toBytes(request))
        const id = headers.get('x-request-id')!
        const shown = [...headers].filter(([header]) => header !== 'date')
        return JSON.stringify([status, shown, body]).replaceAll(id, 'ID')
      }),
    )
    expect(unknown).toBe(wrong)
  })
})

describe('node alone', () => {
  it('HTTP/2: pseudo-headers become method, target and authority', async () => {
    const fixture = createFixture({ authorities: () => true })
    const server = createHttp2Server(
      createVerifiedHandler(fixture.verifier, WRITE, (_, response, caller, body) => {
        response.end(`${caller.partnerId} ${body.length}`)
      }),
    )
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise(resolve => server.close(resolve)))
    const session = connectHttp2(`http://127.0.0.1:${portOf(server)}`)
    const send = (request: ReturnType<Fixture['signed']>): Promise<[number, string]> =>
      new Promise((resolve, reject) => {
        const headers: Record<string, string> = {
          ':method': request.method,
          ':path': request.target,
          ':authority': 'api.example.com',
        }
        for (let i = 2; i < request.rawHeaders.length; i += 2)
          headers[request.rawHeaders[i]!.toLowerCase()] = request.rawHeaders[i + 1]!
        const stream = session.request(headers)
        let status = 0
        let body = ''
        stream.on('response', response => {
          status = Number(response[':status'])
        })
        stream.setEncoding('utf8')
        stream.on('data', chunk => {
          body += chunk
        })
        stream.on('end', () => resolve([status, body]))
        stream.on('error', reject)
        stream.end(request.body)
      })
    expect(await send(fixture.signed())).toEqual([200, 'acme 20'])
    expect((await send(fixture.signed({ secret: 'wrong', labels: PARTNER_LABELS })))[0]).toBe(401)
    session.close()
  })

  it('a body that a parser has read is a mistake of the service, told at the first request', async () => {
    const fixture = createFixture({ authorities: () => true })
    const told: unknown[] = []
    const listener = createVerifiedHandler(
      fixture.verifier,
      WRITE,
      () => undefined,
      error => told.push(error),
    )
    const server = createServer(async (request, response) => {
      for await (const _ of request);
      listener(request, response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise(resolve => server.close(resolve)))
    const answer = await sendRaw(portOf(server), toBytes(fixture.signed()))
    expect([answer.status, codeOf(answer)]).toEqual([503, 'internal_error'])
    expect(String(told[0])).toContain('Mount the verifier before every body parser')
  })
})

describe('fastify alone', () => {
  it('works as preHandler, too; a route without it has no caller', async () => {
    const { port, fixture } = await startFastify({})
    const late = fixture.signed({ target: '/late' })
    expect((await sendRaw(port, toBytes(late))).body).toBe('acme 20')
    const get = (path: string): Promise<RawAnswer> =>
      sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    expect((await get('/open')).body).toBe('open')
    expect((await get('/forgotten')).status).toBe(500)
  })

  it('a body that another hook has read is a mistake of the service', async () => {
    const { port, fixture, reached } = await startFastify({}, app => {
      app.addHook('onRequest', async request => {
        for await (const _ of request.raw);
      })
    })
    const answer = await sendRaw(port, toBytes(fixture.signed()))
    expect([answer.status, codeOf(answer)]).toEqual([503, 'internal_error'])
    expect(reached()).toBe(0)
  })
})
