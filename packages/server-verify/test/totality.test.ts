// Every parser, for any field of up to 64 KiB and more: it answers with its own refusal and takes linear time. The
// limits on size are lifted, so that the parsers behind them see the fields.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveClientAddress } from '../src/client-address.js'
import { createMemoryReplayGuard, type IncomingRequest } from '../src/index.js'
import { parseIpAddress, parseIpRange } from '../src/ip-address.js'
import { createFixture } from './fixture.js'
import { growth, hostilePatterns } from './linear-time.js'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
console.info(`fast-check seed: ${seed}`)
fc.configureGlobal({ seed })

const LIMITS = { headerBytes: 1 << 24, authorizationBytes: 1 << 24, headerCount: 1 << 20 }
const lifted = { limits: LIMITS, trustedProxies: ['192.0.2.0/24'] }
const { signed, answer } = createFixture(lifted)
const escaping = createFixture({ ...lifted, escapedPaths: true })

const base = signed({
  target: '/v1/orders/A-1001/statuses?cursor=eyJ&limit=50',
  headers: [
    ['Content-Type', 'application/json'],
    ['X-Partner-Nonce', '00112233445566778899aabbccddeeff'],
  ],
})
const authorization = base.rawHeaders.at(-1)!

const withValue = (name: string, value: string): IncomingRequest => ({
  ...base,
  rawHeaders: base.rawHeaders.map((text, i) =>
    base.rawHeaders[i - 1] === name && i % 2 === 1 ? value : text,
  ),
})
const withHeaders = (...more: string[]): IncomingRequest => ({
  ...base,
  rawHeaders: [...base.rawHeaders, ...more],
})
const inAuthorization = (pattern: RegExp, text: string): IncomingRequest =>
  withValue(
    'Authorization',
    authorization.replace(pattern, () => text),
  )

/** Each field of a request, with a valid value of it. */
const FIELDS: readonly [name: string, valid: string, put: (text: string) => IncomingRequest][] = [
  ['method', 'POST', method => ({ ...base, method })],
  ['path', '/v1/orders', path => ({ ...base, target: `/${path}` })],
  ['query', 'cursor=eyJ&limit=50', query => ({ ...base, target: `/v1?${query}` })],
  ['peer address', '192.0.2.10', address => ({ ...base, peer: { address } })],
  [':authority', 'api.example.com', authority => ({ ...base, authority })],
  ['Host', 'api.example.com', text => withValue('Host', text)],
  ['date', '20261121T233040Z', text => withValue('X-Partner-Date', text)],
  ['signed header', 'application/json', text => withValue('Content-Type', text)],
  ['payload hash', '0'.repeat(64), text => withHeaders('X-Partner-Content-Sha256', text)],
  ['X-Forwarded-For', '198.51.100.7, 192.0.2.1', text => withHeaders('X-Forwarded-For', text)],
  ['header name', 'X-Partner-Note', name => withHeaders(name, '1')],
  ['Authorization', authorization, text => withValue('Authorization', text)],
  ['Credential', 'acme_2026_a', text => inAuthorization(/(?<=Credential=)[^/]+/, text)],
  ['scope', '20261121/sandbox/orders/partner4_request', text => inAuthorization(/(?<=_a\/)[^,]+/, text)],
  ['SignedHeaders', 'host;x-partner-date', text => inAuthorization(/(?<=SignedHeaders=)[^,]+/, text)],
  ['Signature', '0'.repeat(64), text => inAuthorization(/(?<=Signature=).*/, text)],
]

// 200, then 409: the text stands where nothing is signed, and the request came before.
const ANSWERS = [200, 400, 401, 409, 421]

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes).toString('latin1')),
)

describe.each(FIELDS)('a request with a hostile %s', (_, valid, put) => {
  it('is refused for any text, or was not hostile, and never a 5xx', async () => {
    const spoiled = fc
      .tuple(anyText, fc.nat(), fc.nat(2))
      .map(([text, at, cut]) => valid.slice(0, at % (valid.length + 1)) + text + valid.slice((at % 97) + cut))
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyText, spoiled), async text => {
        for (const fixture of [{ answer }, escaping]) {
          const { status } = await fixture.answer(put(text))
          expect(ANSWERS).toContain(status)
        }
      }),
      { numRuns: 150 },
    )
  })

  it.each(hostilePatterns(valid))('takes linear time for %s', async (_pattern, make) => {
    const refuse = async (text: string): Promise<void> =>
      expect(ANSWERS).toContain((await answer(put(text))).status)
    expect(await growth(refuse, make)).toBeLessThan(30)
  })
})

describe('a request with many headers', () => {
  const some = (count: number, header: (i: number) => string[]): IncomingRequest =>
    withHeaders(...Array.from({ length: count }, (_, i) => header(i)).flat())

  it.each([
    ['of names of their own', (i: number) => [`x-a-${i}`, '']],
    ['of one name', () => ['x-a', '1']],
    ['under a signed prefix', (i: number) => [`x-partner-${i}`, '']],
    ['X-Forwarded-For', () => ['X-Forwarded-For', '192.0.2.1']],
  ])('takes linear time: %s', async (_, header) => {
    const factor = await growth(
      text => answer(some(text.length >> 4, header)),
      length => ' '.repeat(length),
    )
    expect(factor).toBeLessThan(30)
  })
})

describe.each([
  ['parseIpAddress', (text: string): unknown => parseIpAddress(text), '2001:db8::1'],
  [
    'resolveClientAddress',
    (text: string): unknown =>
      resolveClientAddress('192.0.2.1', ['X-Forwarded-For', text], [parseIpRange('192.0.2.0/24')]),
    '198.51.100.7, 192.0.2.1',
  ],
])('%s', (_, parse, valid) => {
  it('is total: an address, or none', () => {
    expect(parse(valid)).toBeInstanceOf(Uint8Array)
    const form = fc.oneof(anyText, fc.string({ unit: fc.constantFrom(...'0123456789abcdefx:.,% /') }))
    fc.assert(
      fc.property(form, text => {
        const address = parse(text)
        if (address === undefined) return
        expect(address).toBeInstanceOf(Uint8Array)
        expect([4, 16]).toContain((address as Uint8Array).length)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(hostilePatterns(valid))('takes linear time for %s', async (_pattern, make) => {
    expect(await growth(parse, make)).toBeLessThan(30)
  })
})

describe('parseIpRange', () => {
  it('reads a range or throws a TypeError', () => {
    const form = fc.oneof(anyText, fc.string({ unit: fc.constantFrom(...'0123456789abcdef:./') }))
    fc.assert(
      fc.property(form, text => {
        try {
          expect(parseIpRange(text).prefixLength).toBeLessThanOrEqual(128)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each(hostilePatterns('2001:db8::/32'))('takes linear time for %s', async (_pattern, make) => {
    const parse = (text: string): void => expect(() => parseIpRange(text)).toThrow(TypeError)
    expect(await growth(parse, make)).toBeLessThan(30)
  })
})

describe('the file of a replay guard', () => {
  it('may hold anything: the guard starts, and trusts it or not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-totality-'))
    const snapshotFile = join(folder, 'claims')
    const claim = fc
      .tuple(
        fc.double(),
        fc.oneof(fc.constant('AAAAAAAAAAAAAAAAAAAAAA'), fc.string()),
        fc.string(),
        fc.string(),
      )
      .map(parts => JSON.stringify(parts))
    const line = fc.oneof(anyText, claim, fc.constant('["countersign-replay-claims/1",1,1]'), fc.json())
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), lines => {
        writeFileSync(snapshotFile, lines.join('\n'))
        createMemoryReplayGuard({ maxEntries: 16, snapshotFile }).close()
      }),
      { numRuns: 200 },
    )
    rmSync(folder, { recursive: true })
  })
})
