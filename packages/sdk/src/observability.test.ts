import * as openTelemetry from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DebugEvent } from './debug-event.js'
import { hmacAuth } from './hmac-authenticator.js'
import type { PartnerClientOptions } from './options.js'
import { PartnerClient } from './partner-client.js'
import { type Answering, problem, startRecordingServer } from './testing/recording-server.js'
import { verifyArrived } from './testing/spec-verifier.js'

const SECRET = 'cs-canary-secret'
const auth = hmacAuth({ keyId: 'demo_acme_key1', secret: SECRET, environment: 'sandbox', api: 'orders' })
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map(each => each.close()))
})

async function connect(answer: Answering, options: Partial<PartnerClientOptions> = {}) {
  const server = await startRecordingServer(answer)
  const retry = { baseDelayMs: 0, maxDelayMs: 0 }
  const client = new PartnerClient({ baseUrl: server.url, auth, retry, proxy: false, ...options })
  open.push(client, server)
  return { server, client }
}

const good: Answering = () => ({ body: { partner: 'acme' } })
const failing =
  (times: number): Answering =>
  (_, number) =>
    number <= times ? { status: 503 } : { body: { partner: 'acme' } }

function createLogger() {
  const lines: [level: string, message: string, fields: unknown][] = []
  const at = (level: string) => (message: string, fields: unknown) =>
    void lines.push([level, message, fields])
  return { lines, logger: { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') } }
}

describe('the logger', () => {
  it('gets lines up to the level that was asked for', async () => {
    for (const [logLevel, levels] of [
      ['debug', ['debug', 'debug', 'info', 'debug', 'debug']],
      ['info', ['info']],
      [undefined, []],
    ] as const) {
      const { lines, logger } = createLogger()
      const { client } = await connect(failing(1), { logger, logLevel })
      await client.whoami()
      expect(lines.map(([level]) => level)).toEqual(levels)
    }
  })

  it('that throws makes no request fail, and console is one', async () => {
    const broken = (): never => {
      throw new Error('disk full')
    }
    const logger = { error: broken, warn: broken, info: broken, debug: broken }
    const { client } = await connect(failing(1), { logger, logLevel: 'debug' })
    await client.whoami()
    const info = vi.spyOn(console, 'info').mockImplementation(() => {})
    const { client: other } = await connect(failing(1), { logger: console, logLevel: 'info' })
    await other.whoami()
    expect(info).toHaveBeenCalledOnce()
  })
})

describe('Deprecation and Sunset', () => {
  const headers = {
    deprecation: '@1795303841',
    sunset: 'Sat, 21 Nov 2026 23:30:40 GMT',
    link: '<https://x.test>; rel="sunset"',
  }

  it('surface once as a warning, through the logger', async () => {
    const { lines, logger } = createLogger()
    const events: DebugEvent[] = []
    const { client } = await connect(() => ({ body: { partner: 'acme' }, headers }), {
      logger,
      onDebug: event => void events.push(event),
    })
    for (let n = 0; n < 5; n++) await client.whoami()
    expect(lines).toEqual([
      ['warn', expect.any(String), expect.objectContaining({ event: 'deprecated', ...headers })],
    ])
    expect(events.filter(event => event.type === 'deprecated')).toHaveLength(1)
  })

  it('or, without a logger, of the process', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { client } = await connect(() => ({ body: { partner: 'acme' }, headers }))
    for (let n = 0; n < 3; n++) await client.whoami()
    expect(emit).toHaveBeenCalledOnce()
    expect(emit.mock.calls[0]![0]).toContain('Sat, 21 Nov 2026')
  })
})

describe('the circuit breaker', () => {
  it('opens after failures in a row, sends nothing, says so, and closes again', async () => {
    const events: DebugEvent[] = []
    let works = false
    const { client, server } = await connect(
      () => (works ? { body: { partner: 'acme' } } : { status: 503 }),
      {
        circuitBreaker: { failures: 5, openMs: 60 },
        retry: { maxAttempts: 1 },
        onDebug: event => void events.push(event),
      },
    )
    for (let n = 0; n < 5; n++) await expect(client.whoami()).rejects.toMatchObject({ code: 'http_503' })
    const refused: unknown = await client.whoami().catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'ServiceUnavailableError', code: 'circuit_open', retryable: true })
    expect(server.requests).toHaveLength(5)
    works = true
    await new Promise(resolve => setTimeout(resolve, 70))
    await client.whoami()
    const kinds = events.map(event => event.type).filter(type => type.startsWith('circuit'))
    expect(kinds).toEqual(['circuit_opened', 'circuit_closed'])
  })

  it('is waited for by the retries of a call', async () => {
    const { client, server } = await connect(failing(3), { circuitBreaker: { failures: 3, openMs: 50 } })
    await client.whoami()
    expect(server.requests).toHaveLength(4)
  })

  it('is not opened by refusals and throttling, and can be left out', async () => {
    for (const [status, circuitBreaker] of [
      [422, { failures: 2 }],
      [429, { failures: 2 }],
      [503, false],
    ] as const) {
      const { client, server } = await connect(() => ({ status }), {
        circuitBreaker,
        retry: { maxAttempts: 1 },
      })
      for (let n = 0; n < 5; n++) await client.whoami().catch(() => undefined)
      expect(server.requests).toHaveLength(5)
    }
  })
})

describe('OpenTelemetry', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const api = {
    ...openTelemetry,
    trace: { getTracer: (name: string) => provider.getTracer(name), setSpan: openTelemetry.trace.setSpan },
    propagation: {
      inject(context: openTelemetry.Context, carrier: Record<string, string>) {
        const span = openTelemetry.trace.getSpanContext(context)
        carrier['traceparent'] = `00-${span?.traceId}-${span?.spanId}-01`
        carrier['x-partner-evil'] = 'must be signed'
      },
    },
  }

  it('takes the module itself', () => {
    const client = new PartnerClient({ baseUrl: 'https://api.example.com', auth, openTelemetry })
    expect(client).toBeInstanceOf(PartnerClient)
  })

  it('sees a call, its attempts and how they ended; the trace goes along and the signature holds', async () => {
    exporter.reset()
    const { client, server } = await connect(failing(1), { openTelemetry: api })
    await client.request({ method: 'GET', path: '/v1/whoami', query: { a: 'b' } })
    const spans = exporter.getFinishedSpans()
    const call = spans.find(span => span.kind === openTelemetry.SpanKind.INTERNAL)!
    const attempts = spans.filter(span => span.kind === openTelemetry.SpanKind.CLIENT)
    expect(attempts.map(span => span.parentSpanContext?.spanId)).toEqual([
      call.spanContext().spanId,
      call.spanContext().spanId,
    ])
    expect(attempts.map(span => span.attributes)).toMatchObject([
      {
        'http.request.method': 'GET',
        'http.response.status_code': 503,
        'error.type': 'http_503',
        'server.port': server.port,
      },
      { 'http.response.status_code': 200, 'http.request.resend_count': 1 },
    ])
    const [, second] = server.requests
    expect(second!.header('traceparent')).toContain(attempts[1]!.spanContext().spanId)
    expect(second!.header('x-partner-evil')).toBeUndefined()
    verifyArrived(second!, SECRET)
  })

  it('sees refusals and aborts', async () => {
    exporter.reset()
    const { client } = await connect(() => problem(422, 'event_id_reused'), { openTelemetry: api })
    await client.whoami().catch(() => undefined)
    await client.whoami(AbortSignal.abort()).catch(() => undefined)
    const ends = exporter.getFinishedSpans().map(span => span.attributes['error.type'])
    expect(ends.filter(end => end === 'event_id_reused')).toHaveLength(2)
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(span => [span.attributes, span.status])),
    ).not.toContain('cs-canary')
  })
})

it('without any of it nothing is in the way', async () => {
  const { client, server } = await connect(good)
  await client.whoami()
  expect(server.requests).toHaveLength(1)
})
