// Canaries: a word that nobody else uses is put into every field of a request, and then looked for in everything that
// comes out: answer, error, audit lines, metrics, spans, what the log prints about itself. Method, path and header names
// are no secrets (a record holds the first two, an answer may name a header), but nothing in them may leave its line.
// Another run: FC_SEED=<seed>.
import { inspect } from 'node:util'
import * as api from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { describeAuditTrouble } from '../src/audit-trouble.js'
import {
  accessToken,
  apiKey,
  clientCertificate,
  combineTelemetry,
  createAuditLog,
  createPrometheusMetrics,
  hmacSignature,
  httpMessageSignature,
  type IncomingRequest,
  toProblem,
  VerificationError,
} from '../src/index.js'
import { createTelemetry } from '../src/opentelemetry.js'
import { createFixture, SECRET, WRITE } from './fixture.js'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31)
console.info(`fast-check seed: ${seed}`)
const RUNS = 1500

const spans = new InMemorySpanExporter()
api.trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
)
afterAll(() => api.trace.disable())

type Pairs = (readonly [string, string])[]
interface Parts {
  readonly target: string
  readonly body: string
  readonly secret: string
  readonly signed: Pairs
  readonly unsigned: Pairs
  readonly without: readonly string[]
  readonly authorization: ((value: string) => string) | undefined
  readonly certificate: string | undefined
  readonly peer: string
}
const PLAIN: Parts = {
  target: '/v1/orders/A-1/statuses',
  body: '{}',
  secret: SECRET,
  signed: [],
  unsigned: [],
  without: [],
  authorization: undefined,
  certificate: undefined,
  peer: '192.0.2.10',
}

const b64 = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const jwt = (header: object, claims: object, signature: string): string =>
  `${b64(header)}.${b64(claims)}.${signature}`

/** Where the canary `c` goes. Each makes a request worse, or leaves it valid. */
const PLACES: readonly ((c: string, parts: Parts) => Parts)[] = [
  (c, p) => ({ ...p, target: `${p.target}?${p.target.includes('?') ? 'z' : 'cursor'}=${c}` }),
  (c, p) => ({ ...p, target: `${p.target}?b=1&a=${c}` }),
  (c, p) => ({ ...p, target: `${p.target}?${c}` }),
  (c, p) => ({ ...p, target: `${p.target}#${c}?x=${c}` }),
  (c, p) => ({ ...p, target: `https://user:${c}@api.example.com/?${c}` }),
  (c, p) => ({ ...p, body: `{"note":"${c}"}` }),
  (c, p) => ({ ...p, secret: c }),
  (c, p) => ({ ...p, signed: [...p.signed, ['X-Partner-Nonce', c]] }),
  (c, p) => ({ ...p, signed: [...p.signed, ['X-Partner-Meta', `a ${c}`], ['Idempotency-Key', c]] }),
  (c, p) => ({ ...p, signed: [...p.signed, ['Content-Type', `text/plain; a="${c}"`]] }),
  ...[
    'Cookie',
    'X-Partner-Other',
    'X-Partner-Date',
    'X-Amz-Date',
    'X-Forwarded-For',
    'Forwarded',
    'Host',
    'Content-Type',
    'X-HTTP-Method-Override',
    'X-API-Key',
    'Signature',
    'Signature-Input',
    'Content-Digest',
    'DPoP',
    'Client-Cert',
    'Client-Cert-Chain',
    'traceparent',
    'tracestate',
    'baggage',
    'Countersign-Explain',
    'Countersign-Partner',
    'X-Partner-Content-Sha256',
    'Authorization',
    'Proxy-Authorization',
    'User-Agent',
    '__proto__',
    'constructor',
  ].flatMap(name => [
    (c: string, p: Parts): Parts => ({ ...p, unsigned: [...p.unsigned, [name, c]] }),
    (c: string, p: Parts): Parts => ({
      ...p,
      without: [...p.without, name],
      unsigned: [...p.unsigned, [name, `a;b="${c}", ${c}`]],
    }),
  ]),
  ...(
    [
      (c, old) => `${old.slice(0, -10)}${c}`,
      (c, old) => old.replace(/Credential=[^/]+/, `Credential=${c}`),
      (c, old) => old.replace('sandbox', c),
      (c, old) => old.replace(/SignedHeaders=/, `SignedHeaders=${c};`),
      (c, old) => `${old}, ${c}=1`,
      (c, old) => old.replace(/^\S+/, c),
      c => `Bearer ${c}`,
      c => `Basic ${b64(`user:${c}`)}`,
      c => `Bearer pk_sandbox_abcdefgh_${c}`,
      c => `Bearer pk_sandbox_${c.slice(0, 8)}_${c.padEnd(49, 'x')}`,
      c => `DPoP ${c}`,
      c => `Bearer ${jwt({ alg: 'ES256', typ: 'at+jwt', kid: c }, { iss: c, sub: c, aud: c, jti: c }, c)}`,
      c =>
        `Bearer ${jwt({ alg: c, typ: c, jku: `https://${c}` }, { iss: 'https://login.example.invalid' }, c)}`,
    ] as ((c: string, old: string) => string)[]
  ).map(
    change =>
      (c: string, p: Parts): Parts => ({ ...p, authorization: old => change(c, old) }),
  ),
  (c, p) => ({ ...p, certificate: c }),
  (c, p) => ({ ...p, peer: c }),
  (c, p) => ({
    ...p,
    without: [...p.without, 'Authorization'],
    unsigned: [
      ...p.unsigned,
      [
        'Signature-Input',
        `sig=("@method" "@target-uri" "${c}");keyid="${c}";created=1795303840;nonce="${c}"`,
      ],
      ['Signature', `sig=:${Buffer.from(c).toString('base64')}:`],
      ['Content-Digest', `sha-256=:${Buffer.from(c).toString('base64')}:`],
    ],
  }),
  ...[
    (c: string) => [`("@method" "@authority" "@path" "@query" "content-digest")`, 'acme_2026_a', c, c],
    (c: string) => [
      `("@method" "@authority" "@path" "@query" "content-digest")`,
      c,
      '00112233445566778899',
      c,
    ],
    (c: string) => [
      `("@method" "@authority" "@path" "@query" "content-digest" "${c.toLowerCase()}")`,
      c,
      c,
      c,
    ],
  ].map(fill => (c: string, p: Parts): Parts => {
    const [components, keyId, nonce, signature] = fill(c) as [string, string, string, string]
    const parameters = `created=1795303840;expires=1795304140;keyid="${keyId}";nonce="${nonce}";tag="partner-orders-v1"`
    const bytes = Buffer.from(signature.padEnd(64, 'x')).toString('base64')
    return {
      ...p,
      without: [...p.without, 'Authorization', 'X-Partner-Date'],
      unsigned: [
        ...p.unsigned,
        ['Signature-Input', `sig=${components};${parameters}`],
        ['Signature', `sig=:${bytes}:`],
        ['Content-Digest', 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:'],
      ],
    }
  }),
]

function open() {
  const lines: string[] = []
  const metrics = createPrometheusMetrics()
  const fixture = createFixture({
    schemes: [
      hmacSignature(),
      apiKey({ basic: true } as never),
      clientCertificate(),
      httpMessageSignature(),
      accessToken({
        issuers: [{ issuer: 'https://login.example.invalid', jwksUri: 'https://login.example.invalid/jwks' }],
        audience: 'https://api.example.com',
      }),
    ],
    audit: createAuditLog(
      { write: (_entry, line) => void lines.push(line) },
      { unauthenticatedSamples: 1e9 },
    ),
    telemetry: combineTelemetry(createTelemetry(api), metrics),
  })
  return { fixture, lines, metrics }
}

let attempt = 0

function build(fixture: ReturnType<typeof createFixture>, parts: Parts): IncomingRequest {
  const { target, body, secret, signed, unsigned, without, authorization, certificate, peer } = parts
  // Each its own, so that none is refused as a copy of another.
  const headers = [['X-Partner-Attempt', String(attempt++)] as const, ...signed]
  const request = fixture.signed({ target, body, secret, headers })
  const rawHeaders: string[] = []
  const gone = new Set(without.map(name => name.toLowerCase()))
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!
    const value = request.rawHeaders[i + 1]!
    const isAuthorization = name.toLowerCase() === 'authorization'
    if (gone.has(name.toLowerCase())) continue
    rawHeaders.push(name, isAuthorization && authorization !== undefined ? authorization(value) : value)
  }
  rawHeaders.push(...unsigned.flat())
  return {
    method: request.method,
    target,
    body: request.body,
    rawHeaders,
    peer: { address: peer, certificate: certificate === undefined ? undefined : Buffer.from(certificate) },
  }
}

/** The canary as it stands, and in the spellings that a log might hide it in. */
const spellings = (canary: string): string[] => [
  canary,
  canary.toLowerCase(),
  Buffer.from(canary).toString('hex'),
  Buffer.from(canary).toString('base64').replace(/=+$/, '').slice(0, -2),
  Buffer.from(canary).toString('base64url').slice(0, -2),
]

const canary = fc
  .tuple(fc.constantFrom('', 'k-'), fc.stringMatching(/^[0-9A-Za-z]{22}[0-9]{2}$/))
  .map(([prefix, word]) => `${prefix}CANARY${word}`)

describe('canaries', () => {
  it('what is put into any field comes out nowhere', { timeout: 60_000 }, async () => {
    const seen = new Map<string, number>()
    const { fixture, lines, metrics } = open()
    const places = fc.array(fc.nat({ max: PLACES.length - 1 }), { minLength: 1, maxLength: 3 })
    // Each place alone first, so that none hides behind another.
    const alone = PLACES.map((_, i): [string, number[]] => [`CANARYalone${i}xxxxxxxxxxxxxx`, [i]])
    await fc.assert(
      fc.asyncProperty(canary, places, async (word, at) => {
        const parts = at.reduce((made, place) => PLACES[place]!(word, made), PLAIN)
        lines.length = 0
        spans.reset()
        let outcome = 'accepted'
        const out: string[] = []
        try {
          const caller = await fixture.verifier.verify(build(fixture, parts), WRITE)
          out.push(caller.requestId)
        } catch (error) {
          const problem = toProblem(error, { requestId: 'unset' })
          outcome = problem.body.code
          expect(problem.status, inspect(error)).not.toBe(500)
          out.push(JSON.stringify(problem), String(error), (error as Error).message)
          out.push(error instanceof VerificationError ? error.detail : '')
          out.push(describeAuditTrouble({ state: 'failing', policy: 'refuse', lost: 1, error: undefined }))
        }
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        out.push(...lines, metrics.expose())
        out.push(
          inspect(
            spans.getFinishedSpans().map(({ name, attributes, events, links, status }) => ({
              name,
              attributes,
              events,
              links,
              status,
            })),
            { depth: 6 },
          ),
        )
        const text = out.join('\n')
        for (const spelling of spellings(word)) expect(text).not.toContain(spelling)
        expect(text).not.toContain(SECRET)
        expect(lines.length).toBeGreaterThan(0)
      }),
      { numRuns: RUNS, seed, examples: alone },
    )
    // It would prove little if all were refused for one reason.
    expect([...seen.keys()].length).toBeGreaterThan(12)
    expect(seen.get('accepted')).toBeGreaterThan(0)
    console.info(`outcomes: ${[...seen].map(([code, count]) => `${code} ${count}`).join(', ')}`)
  })

  it('a hostile method, path or header name stays within its line and its quotes', async () => {
    const { fixture, lines, metrics } = open()
    const hostile = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 400 })
      .map(text => `${text}\r\n\u001b[2J"}\u2028`)
    await fc.assert(
      fc.asyncProperty(hostile, hostile, hostile, async (method, path, name) => {
        lines.length = 0
        const request = fixture.signed()
        const rawHeaders = [...request.rawHeaders, name, 'x']
        try {
          await fixture.verifier.verify({ ...request, method, target: `/${path}`, rawHeaders }, WRITE)
          expect.unreachable()
        } catch (error) {
          const { body, headers } = toProblem(error, { requestId: 'unset' })
          for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/)
          expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(4000)
        }
        expect(lines).toHaveLength(1)
        expect(lines[0]).toMatch(/^[\x20-\x7e]{1,6000}$/)
        const record = JSON.parse(lines[0]!) as { method: string; path: string; partner: unknown }
        expect(record.partner).toBeNull()
        expect(record.method.length).toBeLessThanOrEqual(32)
        expect(record.path.length).toBeLessThanOrEqual(256)
        // One line a sample, and no sample of a stranger's making.
        for (const line of metrics.expose().trim().split('\n'))
          expect(line).toMatch(/^(?:# (?:HELP|TYPE) |countersign_)[\x20-\x7e]+$/)
      }),
      { numRuns: 300, seed },
    )
    // Labels are few, whatever was sent.
    expect(metrics.expose().split('\n').length).toBeLessThan(150)
  })
})
