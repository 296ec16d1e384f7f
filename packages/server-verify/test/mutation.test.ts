// Any change of a signed byte is refused: 400 where the form breaks, 401 where only the MAC does. Never 2xx, never 5xx.
// The limiter is off: a 429 would let every case pass.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IncomingRequest } from '../src/index.js'
import { createFixture } from './fixture.js'

const { signed, answer } = createFixture()
const HEADERS = [
  ['Content-Type', 'application/json'],
  ['X-Partner-Nonce', '00112233445566778899aabbccddeeff'],
  ['Idempotency-Key', 'k-1'],
] as const
const fresh = (nonce: number): IncomingRequest & { rawHeaders: readonly string[] } =>
  signed({
    target: '/v1/orders/A-1001/statuses?cursor=eyJ&limit=50',
    headers: [...HEADERS, ['X-Partner-Attempt', String(nonce)]],
  })

const replaceAt = (text: string, at: number, char: string): string =>
  text.slice(0, at) + char + text.slice(at + 1)
const anyByte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))

async function expectRefused(request: IncomingRequest): Promise<void> {
  const { status, code } = await answer(request)
  expect([400, 401, 421], `${code} for ${JSON.stringify(request.rawHeaders)} ${request.target}`).toContain(
    status,
  )
  expect(code).not.toBe('rate_limited')
}

describe('a change of any signed byte', () => {
  it('the request as signed is accepted, so that the rest means something', async () => {
    expect(await answer(fresh(-1))).toMatchObject({ status: 200 })
  })

  it('of the target', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), anyByte, async (position, char) => {
        const request = fresh(0)
        const at = position % request.target.length
        fc.pre(request.target[at] !== char)
        await expectRefused({ ...request, target: replaceAt(request.target, at, char) })
      }),
      { numRuns: 1500 },
    )
  })

  it('of the body, by change, cut or addition', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (position, flip) => {
        const request = fresh(0)
        const body = Buffer.from(request.body)
        body[position % body.length]! ^= flip
        await expectRefused({ ...request, body })
        await expectRefused({ ...request, body: request.body.subarray(0, position % request.body.length) })
        await expectRefused({ ...request, body: Buffer.concat([request.body, Buffer.from([flip])]) })
      }),
      { numRuns: 500 },
    )
  })

  it('of the method', async () => {
    for (const method of ['GET', 'PUT', 'post', 'POST ', 'Post', 'DELETE', '', 'POST\n'])
      await expectRefused({ ...fresh(0), method })
  })

  it('of a header value, Authorization among them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), anyByte, async (header, position, char) => {
        const request = fresh(0)
        const rawHeaders = [...request.rawHeaders]
        const index = (header % (rawHeaders.length / 2)) * 2 + 1
        const value = rawHeaders[index]!
        const at = position % value.length
        fc.pre(value[at] !== char)
        rawHeaders[index] = replaceAt(value, at, char)
        await expectRefused({ ...request, rawHeaders })
      }),
      { numRuns: 2500 },
    )
  })

  it('of a header name, by removal, or by a second one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), anyByte, async (header, position, char) => {
        const request = fresh(0)
        const index = (header % (request.rawHeaders.length / 2)) * 2
        const name = request.rawHeaders[index]!
        const at = position % name.length
        fc.pre(name[at]!.toLowerCase() !== char.toLowerCase())
        const renamed = [...request.rawHeaders]
        renamed[index] = replaceAt(name, at, char)
        await expectRefused({ ...request, rawHeaders: renamed })
        const removed = request.rawHeaders.filter((_, i) => i !== index && i !== index + 1)
        await expectRefused({ ...request, rawHeaders: removed })
        await expectRefused({ ...request, rawHeaders: [...request.rawHeaders, name, 'other'] })
      }),
      { numRuns: 700 },
    )
  })
})

describe('hostile requests', () => {
  it('random bytes everywhere are refused without a 5xx', async () => {
    const latin1 = fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
    })
    const names = fc.oneof(
      latin1,
      fc.constantFrom(
        'Host',
        'Authorization',
        'X-Partner-Date',
        '__proto__',
        'constructor',
        'toString',
        ':path',
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        latin1,
        latin1,
        fc.array(fc.tuple(names, latin1), { maxLength: 20 }),
        fc.uint8Array({ maxLength: 50 }),
        async (method, target, headers, body) => {
          const peer = { address: '192.0.2.1' }
          const { status } = await answer({ method, target, rawHeaders: headers.flat(), body, peer })
          expect([400, 401, 421]).toContain(status)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['path', { target: `/${'a/'.repeat(7000)}` }],
    ['query', { target: `/a?${'a=%41&'.repeat(2500)}` }],
    ['spaces in a value', { rawHeaders: ['Host', 'a', 'X-Partner-Date', `a${' '.repeat(15_000)}b`] }],
    [
      'Authorization',
      {
        rawHeaders: ['Host', 'api.example.com', 'Authorization', `PARTNER4-HMAC-SHA256 ${' '.repeat(8000)}`],
      },
    ],
    [
      'SignedHeaders',
      {
        rawHeaders: [
          ...['Host', 'api.example.com', 'X-Partner-Date', '20261121T233040Z', 'Authorization'],
          `PARTNER4-HMAC-SHA256 Credential=acme_2026_a/20261121/sandbox/orders/partner4_request, SignedHeaders=${'a;'.repeat(3900)}, Signature=${'0'.repeat(64)}`,
        ],
      },
    ],
  ])('a long %s takes linear time', async (_, part) => {
    const started = performance.now()
    for (let i = 0; i < 20; i++) await expectRefused({ ...fresh(0), ...part })
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
