// The ext_authz service behind a real nginx, in front of a toy upstream that only knows what nginx tells it.
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram } from '../../../../e2e/required-program.js'
import {
  createExtAuthzServer,
  createRequestId,
  type RateLimit,
  toProblem,
  verifyBody,
} from '../../src/index.js'
import { exchangeHttp1, findHeader, type WireAnswer } from '../conformance/raw-client.js'
import { createTestbed, signRequest, type Testbed } from '../conformance/testbed.js'
import { toHttp1 } from '../conformance/wire-message.js'
import type { SignedRequest, SignParameters } from '../independent-signer.js'
import { type RunningNginx, startNginx } from './running-nginx.js'

interface SeenUpstream {
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

const PATH = '/v1/orders/A-1001/statuses'
const BODY = '{"status":"shipped"}'
const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex')
const quota = { requests: Number.POSITIVE_INFINITY }
const rateLimit: RateLimit = {
  consume: () => {
    const allowed = quota.requests-- > 0
    return { allowed, limit: 1, remaining: 0, resetSeconds: 30, windowSeconds: 60 }
  },
  refund: () => void quota.requests++,
}

describe.runIf(hasProgram('nginx'))('behind nginx', () => {
  const seen: SeenUpstream[] = []
  const troubles: unknown[] = []
  const servers: Server[] = []
  let tamper: (body: Buffer) => Buffer = body => body
  let outage: Error | undefined
  let testbed: Testbed
  let nginx: RunningNginx

  const listen = async (server: Server): Promise<number> => {
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  beforeAll(async () => {
    testbed = createTestbed({ verifier: { rateLimit } })
    const { verifier } = testbed
    const check = createExtAuthzServer(
      {
        ...verifier,
        verify: (...of) => (outage === undefined ? verifier.verify(...of) : Promise.reject(outage)),
      },
      {
        gateway: 'nginx',
        requirement: ({ path }) =>
          path.startsWith('/v1/secret')
            ? undefined
            : { scopes: [path === '/v1/admin' ? 'admin' : 'orders:status:write'] },
        onError: error => troubles.push(error),
      },
    )
    const upstream = createServer(async (request, response) => {
      const body = await buffer(request)
      seen.push({ target: request.url ?? '', rawHeaders: request.rawHeaders, body })
      try {
        const { partnerId } = verifyBody(request.rawHeaders, tamper(body))
        response.writeHead(202, { 'content-type': 'application/json' }).end(JSON.stringify({ partnerId }))
      } catch (error) {
        const problem = toProblem(error, { requestId: createRequestId() })
        response.writeHead(problem.status, problem.headers).end(JSON.stringify(problem.body))
      }
    })
    nginx = await startNginx({ check: await listen(check), upstream: await listen(upstream) })
  })
  afterAll(async () => {
    await nginx?.stop()
    for (const server of servers) server.close()
  })
  afterEach(() => {
    seen.length = 0
    troubles.length = 0
    tamper = body => body
    outage = undefined
    quota.requests = Number.POSITIVE_INFINITY
  })

  /** A push with its payload-hash header, as the SDK sends it. */
  const push = ({ body = BODY, headers = [], ...parameters }: Partial<SignParameters> = {}): SignedRequest =>
    signRequest({
      body,
      headers: [['X-Partner-Content-Sha256', sha256(Buffer.from(body))], ...headers],
      ...parameters,
    })
  const sendText = async (text: string): Promise<WireAnswer> => {
    const { answers } = await exchangeHttp1(nginx.port, text)
    return answers.at(-1)!
  }
  const send = (request: SignedRequest): Promise<WireAnswer> => sendText(toHttp1(request))
  const upstreamHeader = (name: string): string[] =>
    seen[0]!.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]!.toLowerCase() === name)
  const expectRefused = (answer: WireAnswer, status: number, code: string): void => {
    expect([answer.status, JSON.parse(answer.body).code], JSON.stringify(answer)).toEqual([status, code])
    expect(JSON.parse(answer.body).status).toBe(status)
    expect(findHeader(answer, 'content-type')).toBe('application/problem+json')
    expect(findHeader(answer, 'x-request-id')).toBe(JSON.parse(answer.body).requestId)
    expect(seen).toEqual([])
  }

  it('a valid push passes, with who sent it', async () => {
    const answer = await send(push({ headers: [['Content-Type', 'application/json']] }))
    expect([answer.status, answer.body]).toEqual([202, '{"partnerId":"acme"}'])
    expect(upstreamHeader('countersign-partner')).toEqual(['acme'])
    expect(upstreamHeader('countersign-scopes')).toEqual(['orders:status:write'])
    expect(upstreamHeader('countersign-request-id')[0]).toMatch(/^[0-9a-f-]{36}$/)
    expect(upstreamHeader('countersign-body-sha256')).toEqual([sha256(BODY)])
    expect(upstreamHeader('content-type')).toEqual(['application/json'])
    expect(upstreamHeader('host')).toEqual(['api.example.com'])
    expect([seen[0]!.target, seen[0]!.body.toString()]).toEqual([PATH, BODY])
  })

  it('a query goes upstream as it was signed; so does a body in chunks', async () => {
    expect((await send(push({ target: `${PATH}?a=%C3%A9&b=%20` }))).status).toBe(202)
    expect(seen[0]!.target).toBe(`${PATH}?a=%C3%A9&b=%20`)
    seen.length = 0
    const text = toHttp1(push())
      .replace(`Content-Length: ${BODY.length}`, 'Transfer-Encoding: chunked')
      .replace(BODY, `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`)
    expect((await sendText(text)).status).toBe(202)
    expect(seen[0]!.body.toString()).toBe(BODY)
  })

  it('a GET without a body needs no payload-hash header', async () => {
    expect((await send(signRequest({ method: 'GET', body: '' }))).status).toBe(202)
    expect(upstreamHeader('countersign-body-sha256')).toEqual([sha256('')])
  })

  it('a Content-Length that was signed can be verified', async () => {
    const request = push({ headers: [['Content-Length', String(BODY.length)]] })
    const text = toHttp1(request).replace(`Content-Length: ${BODY.length}\r\n`, '')
    expect((await sendText(text)).status).toBe(202)
  })

  it.each(['Countersign-Partner', 'countersign-scopes', 'Countersign-Body-Sha256', 'Countersign-Anything'])(
    'the identity header %s, spoofed by a caller, is refused, signed or not',
    async name => {
      expectRefused(await send(push({ headers: [[name, 'globex']] })), 400, 'header_invalid')
      expectRefused(await send(push({ unsignedHeaders: [[name, 'globex']] })), 400, 'header_invalid')
    },
  )

  it('what a caller says about the original request is replaced', async () => {
    const answer = await send(
      push({
        unsignedHeaders: [
          ['Countersign-Original-Target', '/v1/other'],
          ['Countersign-Original-Method', 'GET'],
          ['Countersign-Original-Host', 'evil.example'],
          ['Countersign-Original-Peer', '10.0.0.1'],
        ],
      }),
    )
    expect(answer.status).toBe(202)
    expect(seen[0]!.target).toBe(PATH)
    expectNothingOf('evil')
  })

  it('a header with underscores that some servers take for ours goes nowhere', async () => {
    expect((await send(push({ unsignedHeaders: [['Countersign_Partner', 'evil']] }))).status).toBe(202)
    expectNothingOf('evil')
  })

  it('a Content-Type that was not signed does not reach the service', async () => {
    expect((await send(push({ unsignedHeaders: [['Content-Type', 'text/evil']] }))).status).toBe(202)
    expect(upstreamHeader('content-type')).toEqual([])
    seen.length = 0
    const encoded = push({ unsignedHeaders: [['Content-Encoding', 'gzip']] })
    expectRefused(await send(encoded), 400, 'header_not_signed')
  })

  it('a replay is 409, through error_page', async () => {
    const request = push()
    expect((await send(request)).status).toBe(202)
    seen.length = 0
    expectRefused(await send(request), 409, 'request_replayed')
  })

  it('200 concurrent copies: one gets through', async () => {
    const request = push()
    const answers = await Promise.all(Array.from({ length: 200 }, () => send(request)))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array<number>(199).fill(409)])
    expect(seen).toHaveLength(1)
  })

  it('401 with its challenge, once', async () => {
    const answer = await send(push({ secret: 'wrong' }))
    expectRefused(answer, 401, 'invalid_credentials')
    const challenges = answer.headers.filter(([name]) => name === 'www-authenticate')
    expect(challenges).toHaveLength(1)
    expect(challenges[0]![1]).toContain('PARTNER4-HMAC-SHA256 realm="orders"')
    expectRefused(
      await sendText(`GET ${PATH} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n`),
      401,
      'credentials_missing',
    )
  })

  it('403, 421 and 429 keep their meaning', async () => {
    expectRefused(await send(push({ target: '/v1/admin' })), 403, 'scope_missing')
    expectRefused(await send(push({ target: '/v1/secret' })), 403, 'resource_denied')
    expectRefused(await send(push({ host: 'evil.example' })), 421, 'authority_not_allowed')
    quota.requests = 0
    const answer = await send(push())
    expectRefused(answer, 429, 'rate_limited')
    expect(findHeader(answer, 'retry-after')).toBe('30')
  })

  it('503 with Retry-After: an outage is no refusal', async () => {
    outage = new Error('the store is gone')
    const answer = await send(push())
    expectRefused(answer, 503, 'internal_error')
    expect(findHeader(answer, 'retry-after')).toBe('1')
    expect(troubles).toEqual([outage])
  })

  it('a check that is gone, or set up wrongly, is 503: nothing passes, and nobody is to blame', async () => {
    const upstream = (servers[1]!.address() as AddressInfo).port
    const gone = await listen(createServer())
    const closed = new Promise(resolve => servers.pop()!.close(resolve))
    await closed
    const wrong = await listen(
      createExtAuthzServer(testbed.verifier, {
        ...{ gateway: 'nginx', path: '/elsewhere', requirement: { scopes: [] } },
        onError: error => troubles.push(error),
      }),
    )
    for (const check of [gone, wrong]) {
      const other = await startNginx({ check, upstream })
      try {
        const answer = (await exchangeHttp1(other.port, toHttp1(push()))).answers.at(-1)!
        expect([answer.status, JSON.parse(answer.body).code]).toEqual([503, 'dependency_unavailable'])
        expect(findHeader(answer, 'retry-after')).toBe('1')
      } finally {
        await other.stop()
      }
    }
    expect(troubles).toEqual([expect.any(TypeError)])
    expect(seen).toEqual([])
  })

  it('a body without its hash cannot be verified here', async () => {
    expectRefused(await send(signRequest({ body: BODY })), 400, 'payload_hash_required')
    const unsigned = signRequest({
      body: BODY,
      unsignedHeaders: [['X-Partner-Content-Sha256', sha256(BODY)]],
    })
    expectRefused(await send(unsigned), 400, 'header_not_signed')
    const token = push({ headers: [], payloadHash: 'UNSIGNED-PAYLOAD' })
    token.rawHeaders.splice(token.rawHeaders.indexOf('X-Partner-Content-Sha256') + 1, 1, 'UNSIGNED-PAYLOAD')
    expectRefused(await send(token), 400, 'unsigned_payload')
  })

  it('a body that was changed on the way is found by verifyBody', async () => {
    const request = push()
    const answer = await send({ ...request, body: Buffer.from(BODY.replace('shipped', 'evilled')) })
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([400, 'payload_hash_mismatch'])
    tamper = body => Buffer.concat([body, Buffer.from(' ')])
    expect((await send(push())).status).toBe(400)
    const get = signRequest({ method: 'GET', body: '' })
    tamper = body => body
    expect((await send({ ...get, body: Buffer.from('evil') })).status).toBe(400)
  })

  it.each([
    '/v1/orders/A%2F1/statuses',
    '//v1/orders/A-1/statuses',
    '/v1//orders/A-1',
    '/v1/orders/../admin',
    '/v1/orders/%2e%2e/admin',
    '/v1/./orders',
    '/v1/orders/%41',
    '/v1/orders/A-1#fragment',
    '/v1/orders/A-1?',
  ])('%s is refused as it stands, whatever nginx makes of it', async target => {
    for (const request of [push({ target }), { ...push(), target }])
      expectRefused(await send(request), 400, 'target_not_canonical')
  })

  it('signed for one path, sent by another that nginx takes for the same', async () => {
    for (const target of [`${PATH}/../statuses`, PATH.replace('/A-', '//A-'), PATH.replace('A', '%41')])
      expectRefused(await send({ ...push(), target }), 400, 'target_not_canonical')
    const absolute = toHttp1(push()).replace(PATH, `http://evil.example${PATH}`)
    await sendText(absolute)
    for (const { target, rawHeaders } of seen) {
      expect(target).toBe(PATH)
      expect(rawHeaders.join()).not.toContain('evil')
    }
  })

  it.each(['/countersign', '/x/../countersign', '/v1/%ZZ', '/v1/%00', '/../etc'])(
    '%s never gets to the service',
    async target => {
      const answer = await send({ ...push(), target })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(seen).toEqual([])
    },
  )

  it('headers that are too large: 431 of the verifier, then 400 of nginx', async () => {
    const large = (size: number): SignedRequest =>
      push({ headers: ['A', 'B', 'C'].map(name => [`X-${name}`, 'x'.repeat(size)] as const) })
    expectRefused(await send(large(7000)), 431, 'headers_too_large')
    expect((await send(large(20_000))).status).toBe(400)
    expect(seen).toEqual([])
  })

  it('any one bit of any byte changed: nothing but the signed request gets through, once, and never 5xx', async () => {
    const bytes = Buffer.from(toHttp1(push()), 'latin1')
    const statuses = new Set<number>()
    // Not where the request ends: nginx would wait for the rest of it.
    const framing = [bytes.indexOf('Content-Length') - 2, bytes.length - BODY.length] as const
    const places = [...bytes.keys()].filter(at => at < framing[0] || at >= framing[1])
    for (let first = 0; first < places.length; first += 16) {
      const some = places.slice(first, first + 16).map(async at => {
        const changed = Buffer.from(bytes)
        changed[at] = changed[at]! ^ (1 << (at % 8))
        const exchange = exchangeHttp1(nginx.port, changed.toString('latin1'))
        // To what is no HTTP/1.1 nginx says 400 as HTTP/0.9 did, in HTML alone.
        const { answers } = await exchange.catch((error: Error) => {
          expect(error.message).toContain('400 Bad Request')
          return { answers: [] }
        })
        for (const { status } of answers) statuses.add(status)
      })
      await Promise.all(some)
    }
    // 505: another version of HTTP.
    expect([...statuses].filter(status => status >= 500 && status !== 505)).toEqual([])
    expect(statuses).toContain(401)
    const accepted = seen.filter(({ body }) => body.toString() === BODY)
    expect(accepted.length).toBeLessThanOrEqual(1)
    for (const { target, rawHeaders } of seen) {
      expect(target).toBe(PATH)
      expect(rawHeaders).toContain('acme')
    }
  })

  it('a request behind another on one connection is verified for itself', async () => {
    const smuggled = `GET /v1/admin HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n`
    const first = toHttp1(push({ body: `x${smuggled}` }))
    const text = first.replace(/Content-Length: \d+\r\nConnection: close/, 'Content-Length: 1')
    const { answers } = await exchangeHttp1(nginx.port, text)
    expect(answers.map(({ status }) => status)).toEqual([400, 401])
    expect(seen.map(({ target }) => target)).toEqual([PATH])
  })

  function expectNothingOf(text: string): void {
    for (const { rawHeaders, target } of seen) expect([target, ...rawHeaders].join('\n')).not.toContain(text)
  }
})
