// Any change of a covered byte is refused: 400 where the form breaks or the digest does not fit, 401 where only the
// signature does not. Never 2xx, never 5xx. Another run: FC_SEED=<seed>.
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpMessageSignature, type IncomingRequest } from '../src/index.js'
import { createFixture, type Fixture, NOW } from './fixture.js'
import {
  ED25519,
  ED25519_KEY_ID,
  headerOf,
  httpSignatureCredentials,
  P256,
  signHttp,
  withHeader,
} from './independent-http-signer.js'
import { growth, hostilePatterns } from './linear-time.js'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
console.info(`fast-check seed: ${seed}`)
fc.configureGlobal({ seed })

const anyByte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
const replaceAt = (text: string, at: number, char: string): string =>
  text.slice(0, at) + char + text.slice(at + 1)
const flip = (text: string, at: number, bits: number): string =>
  replaceAt(text, at, String.fromCharCode(text.charCodeAt(at) ^ bits))

function createHttpFixture(limits?: { headerBytes: number }): Fixture {
  const fixture = createFixture({ schemes: [httpMessageSignature()], ...(limits && { limits }) })
  for (const credential of httpSignatureCredentials(NOW - 86_400_000)) fixture.credentials.add(credential)
  return fixture
}

describe.each([
  ['Ed25519', ED25519.privateKey, 300],
  ['P-256', P256.privateKey, 300],
])('%s: a change of any covered byte', (_, key, numRuns) => {
  const { answer } = createHttpFixture()
  // Signed once: P-256 signs differently each time, and every case starts from the same bytes.
  const request = signHttp({
    ...{ key, target: '/v1/orders/A-1001/statuses?cursor=eyJ&limit=50' },
    headers: [
      ['Idempotency-Key', 'k-1'],
      ['X-Partner-Note', 'a note'],
      ['Accept', 'application/json'],
    ],
  })

  async function expectRefused(changed: IncomingRequest): Promise<void> {
    const { status, code } = await answer(changed)
    const words = `${code} for ${JSON.stringify(changed.rawHeaders)} ${changed.target}`
    // Only another host may be told so; all else is 400 or 401, and nothing is anything else.
    if (status === 421) expect(headerOf(changed, 'Host').toLowerCase(), words).not.toBe('api.example.com')
    else expect([400, 401], words).toContain(status)
  }

  it('at every place, by some bits', async () => {
    for (const bits of [0x01, 0x20, 0x80]) {
      for (let at = 0; at < request.target.length; at++)
        await expectRefused({ ...request, target: flip(request.target, at, bits) })
      for (let at = 0; at < request.body.length; at++) {
        const body = Buffer.from(request.body)
        body[at]! ^= bits
        await expectRefused({ ...request, body })
      }
      for (let i = 1; i < request.rawHeaders.length; i += 2) {
        for (let at = 0; at < request.rawHeaders[i]!.length; at++) {
          const value = flip(request.rawHeaders[i]!, at, bits)
          await expectRefused({ ...request, rawHeaders: request.rawHeaders.with(i, value) })
        }
      }
    }
  })

  it('of a header value, by any byte, a cut or an addition', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), anyByte, async (header, position, char) => {
        const index = (header % (request.rawHeaders.length / 2)) * 2 + 1
        const value = request.rawHeaders[index]!
        const at = position % value.length
        fc.pre(value[at] !== char && !' \t'.includes(char))
        for (const changed of [
          replaceAt(value, at, char),
          value.slice(0, at),
          value.slice(0, at) + char + value.slice(at),
          value + char,
        ])
          await expectRefused({ ...request, rawHeaders: request.rawHeaders.with(index, changed) })
      }),
      { numRuns },
    )
  })

  it('of a header name, by removal, or by a second one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), anyByte, async (header, position, char) => {
        const index = (header % (request.rawHeaders.length / 2)) * 2
        const name = request.rawHeaders[index]!
        const at = position % name.length
        fc.pre(name[at]!.toLowerCase() !== char.toLowerCase())
        const renamed = request.rawHeaders.with(index, replaceAt(name, at, char))
        await expectRefused({ ...request, rawHeaders: renamed })
        const removed = request.rawHeaders.filter((_, i) => i !== index && i !== index + 1)
        await expectRefused({ ...request, rawHeaders: removed })
        await expectRefused({ ...request, rawHeaders: [...request.rawHeaders, name, 'other'] })
      }),
      { numRuns },
    )
  })

  it('of the method', async () => {
    for (const method of ['GET', 'PUT', 'post', 'POST ', 'Post', 'DELETE', '', 'POST\n'])
      await expectRefused({ ...request, method })
  })

  it('and the untouched request is still good', async () => {
    expect(await answer(request)).toMatchObject({ status: 200 })
  })
})

describe('hostile fields', () => {
  const ours = headerOf(signHttp(), 'Signature-Input')
  it.each([
    ...hostilePatterns(`${ours}, `),
    ...hostilePatterns('"\\"').map(([name, make]) => [`strings, ${name}`, make] as const),
    ...hostilePatterns('();').map(([name, make]) => [`lists, ${name}`, make] as const),
    ...hostilePatterns(';tag="partner-orders-v1"').map(([name, make]) => [`tags, ${name}`, make] as const),
  ])('of 64 KiB and eight times that take linear time: %s', async (_, make) => {
    const { answer } = createHttpFixture({ headerBytes: 4_000_000 })
    const request = signHttp()
    const send = async (text: string): Promise<void> => {
      for (const name of ['Signature-Input', 'Signature', 'Content-Digest']) {
        const value = name === 'Signature-Input' ? `${text}, ${ours}` : text
        const { status } = await answer(withHeader(request, name, value))
        expect([400, 401]).toContain(status)
      }
    }
    expect(await growth(send, make)).toBeLessThan(30)
  })

  it('random ones are refused without a 5xx', async () => {
    const { answer } = createHttpFixture()
    const request = signHttp()
    const part = fc.oneof(
      fc.string({ unit: anyByte, maxLength: 12 }),
      fc.constantFrom(
        'sig1',
        '=',
        '(',
        ')',
        '"@method"',
        ';created=1',
        ', ',
        ';tag="partner-orders-v1"',
        ':AAAA:',
      ),
    )
    const text = fc.array(part, { maxLength: 12 }).map(parts => parts.join(''))
    await fc.assert(
      fc.asyncProperty(text, text, text, async (input, signature, digest) => {
        let changed = withHeader(request, 'Signature-Input', input)
        changed = withHeader(withHeader(changed, 'Signature', signature), 'Content-Digest', digest)
        expect([400, 401]).toContain((await answer(changed)).status)
      }),
      { numRuns: 1500 },
    )
  })

  it('names of objects are labels, tags and key ids like any other', async () => {
    const { answer } = createHttpFixture()
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect((await answer(signHttp({ keyId: name }))).status).toBe(name.length < 8 ? 400 : 401)
    const { privateKey } = generateKeyPairSync('ed25519')
    const forged = signHttp({ key: privateKey, keyId: ED25519_KEY_ID, label: 'constructor' })
    expect(await answer(forged)).toMatchObject({ status: 401 })
    expect(await answer(signHttp({ label: 'constructor' }))).toMatchObject({ status: 200 })
  })
})
