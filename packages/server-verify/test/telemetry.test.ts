// Spans and metrics through the SDKs of OpenTelemetry, in memory.
import { AsyncLocalStorage } from 'node:async_hooks'
import * as api from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuditLog, DependencyError } from '../src/index.js'
import { createTelemetry, type OpenTelemetryOptions } from '../src/opentelemetry.js'
import { combineTelemetry, type Telemetry } from '../src/telemetry.js'
import { CREDENTIAL, createFixture, NOW, SECRET } from './fixture.js'

const storage = new AsyncLocalStorage<api.Context>()
const manager: api.ContextManager = {
  active: () => storage.getStore() ?? api.ROOT_CONTEXT,
  with: (context, work, self, ...args) => storage.run(context, () => work.call(self as never, ...args)),
  bind: (_context, target) => target,
  enable: () => manager,
  disable: () => manager,
}
const spans = new InMemorySpanExporter()
const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 1e8 })
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const TRACEPARENT: [string, string] = ['traceparent', `00-${TRACE}-b7ad6b7169203331-01`]

beforeAll(() => {
  api.context.setGlobalContextManager(manager)
  api.propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  api.trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
  )
  api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
})
afterAll(async () => {
  await reader.shutdown()
  for (const part of [api.context, api.propagation, api.trace, api.metrics]) part.disable()
})
beforeEach(() => spans.reset())

const open = (options?: OpenTelemetryOptions, more = {}) =>
  createFixture({ telemetry: createTelemetry(api, options), ...more })

/** All series as `name{labels} value`. */
const collect = async (): Promise<string[]> => {
  metrics.reset()
  await reader.forceFlush()
  return metrics.getMetrics().flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(scope =>
      scope.metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => {
          const labels = Object.entries(attributes).map(([name, text]) => `${name}=${String(text)}`)
          const number = typeof value === 'object' ? value.count : value
          return `${descriptor.name}{${labels.join(',')}} ${number}`
        }),
      ),
    ),
  )
}

describe('spans', () => {
  it('one per verification; partner and credential only when they are proven', async () => {
    const { signed, answer } = open()
    await answer(signed())
    await answer(signed({ secret: 'wrong' }))
    const [good, bad] = spans.getFinishedSpans()
    expect(good).toMatchObject({
      name: 'countersign.verify',
      kind: api.SpanKind.INTERNAL,
      status: { code: 0 },
    })
    expect(good!.attributes).toEqual({
      'http.request.method': 'POST',
      'countersign.outcome': 'accepted',
      'countersign.scheme': 'hmac',
      'countersign.request_id': expect.any(String),
      'countersign.credential_id': CREDENTIAL.keyId,
      'enduser.id': 'acme',
    })
    expect(bad!.attributes).toEqual({
      'http.request.method': 'POST',
      'countersign.outcome': 'invalid_credentials',
      'countersign.scheme': 'hmac',
      'countersign.request_id': expect.any(String),
      'http.response.status_code': 401,
      'error.type': 'invalid_credentials',
    })
  })

  it('an outage is an error of the service; a strange method is _OTHER', async () => {
    const down = {
      findByKeyId: () => Promise.reject(new DependencyError('dependency_unavailable', { dependency: 'x' })),
    }
    const { signed, answer } = open({}, { credentials: down })
    await answer({ ...signed({ method: 'BREW' }) })
    const [span] = spans.getFinishedSpans()
    expect(span).toMatchObject({ status: { code: api.SpanStatusCode.ERROR } })
    expect(span!.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.response.status_code': 503,
    })
  })

  it('continues the trace of traceparent, and what the verifier calls is traced below it', async () => {
    const resource = () => {
      api.trace.getTracer('test').startSpan('child').end()
      return true
    }
    const { signed, verifier } = open()
    await verifier
      .verify(signed({ unsignedHeaders: [TRACEPARENT] }), {
        scopes: [],
        resource: async () => (resource() ? 'allow' : 'deny') as never,
      })
      .catch(() => undefined)
    const [child, span] = spans.getFinishedSpans()
    expect(span!.spanContext().traceId).toBe(TRACE)
    expect(span!.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(child!.parentSpanContext?.spanId).toBe(span!.spanContext().spanId)
  })

  it('links to it, or ignores it, on demand; two of them are none', async () => {
    const linked = open({ remoteParent: 'link' })
    await linked.answer(linked.signed({ unsignedHeaders: [TRACEPARENT] }))
    await linked.answer(linked.signed({ body: '2' }))
    const ignoring = open({ remoteParent: 'ignore' })
    await ignoring.answer(ignoring.signed({ unsignedHeaders: [TRACEPARENT] }))
    const twice = open()
    await twice.answer(twice.signed({ unsignedHeaders: [TRACEPARENT, TRACEPARENT] }))
    const [link, none, ignored, doubled] = spans.getFinishedSpans()
    expect(link!.links.map(({ context }) => context.traceId)).toEqual([TRACE])
    expect(none!.links).toEqual([])
    for (const span of [link, ignored, doubled]) expect(span!.spanContext().traceId).not.toBe(TRACE)
  })

  it('a span that is there already is the parent, and traceparent is not looked at', async () => {
    const { signed, answer } = open()
    const server = api.trace.getTracer('server').startSpan('POST /v1')
    await api.context.with(api.trace.setSpan(api.ROOT_CONTEXT, server), () =>
      answer(signed({ unsignedHeaders: [TRACEPARENT] })),
    )
    const [span] = spans.getFinishedSpans()
    expect(span!.parentSpanContext?.spanId).toBe(server.spanContext().spanId)
  })
})

describe('metrics', () => {
  it('count outcomes, limits, outages, look-ups, blocks; values are read when asked for', async () => {
    const audit = createAuditLog(
      {
        write: () => {
          throw new Error('full')
        },
      },
      { onSinkFailure: 'continue', onTrouble: () => undefined },
    )
    const fixture = open({}, { audit, addressBlock: { failures: 2 } })
    const { signed, answer } = fixture
    await answer(signed())
    await answer({ ...signed(), peer: { address: '192.0.2.77' } })
    for (let i = 0; i < 4; i++)
      await answer({ ...signed({ secret: 'wrong' }), peer: { address: '192.0.2.99' } })
    const series = await collect()
    for (const line of [
      'countersign.verifications{outcome=request_replayed,scheme=hmac} 1',
      'countersign.verifications{outcome=address_blocked,scheme=none} 2',
      'countersign.limit.refusals{limit=block} 2',
      'countersign.address.blocks{event=address_blocked} 1',
      'countersign.addresses.blocked{} 1',
      'countersign.audit.pending{} 0',
    ])
      expect(series).toContain(line)
    expect(series.find(line => line.startsWith('countersign.audit.lost'))).toMatch(/ [1-9][0-9]*$/)
    expect(series.find(line => line.startsWith('countersign.replay_guard.claims'))).toMatch(/ [1-9]/)
    expect(series.find(line => line.includes('duration{result=accepted}'))).toBeDefined()
    expect(series.find(line => line.includes('cache=credentials,result=hit'))).toBeDefined()
  })

  it('a look-up that had to wait is a miss; names of dependencies are bounded', async () => {
    let name = 'credential store'
    const credentials = {
      async findByKeyId() {
        throw new DependencyError('dependency_unavailable', { dependency: name })
      },
    }
    const { signed, answer } = open({}, { credentials })
    for (let i = 0; i < 100; i++) {
      await answer(signed())
      name = i % 2 === 0 ? `store ${i}` : `https://secret-${i}.example/path`
    }
    const series = await collect()
    const failures = series.filter(line => line.startsWith('countersign.dependency.failures'))
    // 32 names, `other`, and the one of a verifier further up.
    expect(failures.length).toBeLessThanOrEqual(34)
    expect(failures.join()).not.toContain('secret')
    expect(failures.join()).toContain('dependency=other')
    // With the one of a verifier further up.
    expect(series).toContain('countersign.cache.lookups{cache=credentials,result=miss} 101')
  })
})

it('several telemetries at once; without any the verifier does not look at the clock', async () => {
  const seen: string[] = []
  const own = (name: string): Telemetry => ({
    add: counter => void seen.push(`${name} ${counter}`),
    record: () => undefined,
    observe: () => undefined,
  })
  const { signed, answer } = createFixture({ telemetry: combineTelemetry(own('a'), own('b')) })
  await answer(signed())
  expect(seen).toEqual([
    'a countersign.cache.lookups',
    'b countersign.cache.lookups',
    'a countersign.verifications',
    'b countersign.verifications',
  ])
  const { performance } = globalThis
  const quiet = createFixture({ audit: undefined, now: () => NOW })
  let reads = 0
  const original = performance.now.bind(performance)
  performance.now = () => {
    reads++
    return original()
  }
  try {
    await quiet.verifier.verify(quiet.signed({ secret: SECRET }), { scopes: [] })
  } finally {
    performance.now = original
  }
  expect(reads).toBe(0)
})
