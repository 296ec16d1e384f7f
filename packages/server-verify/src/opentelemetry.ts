// The only file that knows OpenTelemetry, and only its types: the api is passed in, and is an optional peer.
import type { Context, Counter, Histogram, ObservableResult, Span } from '@opentelemetry/api'
import type { IncomingRequest } from './incoming-request.js'
import {
  type CounterName,
  type HistogramName,
  INSTRUMENTS,
  type InstrumentDefinition,
  type Labels,
  type ObservedName,
  type Telemetry,
  type VerificationFacts,
  type VerificationSpan,
} from './telemetry.js'

/** `import * as api from '@opentelemetry/api'`. */
export type OpenTelemetryApi = typeof import('@opentelemetry/api')

/** How spans are made. */
export interface OpenTelemetryOptions {
  /**
   * What a request's `traceparent` is used for when there is no span yet (an instrumentation of the server has made
   * one otherwise). It is not signed. `continue`: the span belongs to the caller's trace. `link`: a trace of its own
   * that points to the caller's. `ignore`. Default `continue`.
   */
  readonly remoteParent?: 'continue' | 'link' | 'ignore' | undefined
  /** Version of the instrumentation scope. Default: none. */
  readonly version?: string | undefined
}

const SCOPE = '@countersign/server-verify'
/** Methods that OpenTelemetry's conventions know; of any other only `_OTHER` is told. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])
/** Not `baggage`: what a stranger writes there would go to every service behind. */
const PROPAGATED = ['traceparent', 'tracestate']

/**
 * Makes telemetry of OpenTelemetry: a span `countersign.verify` per verification, and the instruments of `INSTRUMENTS`.
 * A span holds no path, query, header or address; partner and credential only once they are authenticated.
 *
 * @example
 * ```ts
 * import * as api from '@opentelemetry/api'
 * import { createTelemetry } from '@countersign/server-verify/opentelemetry'
 *
 * const telemetry = createTelemetry(api, { remoteParent: 'link' })
 * console.log(typeof telemetry.startVerification)
 * ```
 */
export function createTelemetry(api: OpenTelemetryApi, options: OpenTelemetryOptions = {}): Telemetry {
  return new ApiTelemetry(api, options)
}

class ApiTelemetry implements Telemetry {
  readonly #api: OpenTelemetryApi
  readonly #options: OpenTelemetryOptions
  readonly #counters = new Map<CounterName, Counter>()
  readonly #histograms = new Map<HistogramName, Histogram>()
  readonly #readers = new Map<ObservedName, (() => number)[]>()

  constructor(api: OpenTelemetryApi, options: OpenTelemetryOptions) {
    this.#api = api
    this.#options = options
    const meter = api.metrics.getMeter(SCOPE, options.version)
    const entries = Object.entries(INSTRUMENTS) as [
      CounterName & HistogramName & ObservedName,
      InstrumentDefinition,
    ][]
    for (const [name, { kind, description, unit, bounds }] of entries) {
      if (kind === 'counter') this.#counters.set(name, meter.createCounter(name, { description, unit }))
      else if (kind === 'histogram') {
        const advice = { explicitBucketBoundaries: [...(bounds ?? [])] }
        this.#histograms.set(name, meter.createHistogram(name, { description, unit, advice }))
      } else {
        const instrument =
          kind === 'gauge'
            ? meter.createObservableGauge(name, { description, unit })
            : meter.createObservableCounter(name, { description, unit })
        instrument.addCallback(result => this.#read(name, result))
      }
    }
  }

  startVerification({
    method,
    rawHeaders,
  }: Pick<IncomingRequest, 'method' | 'rawHeaders'>): VerificationSpan {
    const { trace, context, SpanKind } = this.#api
    const { parent, remote } = this.#findParent(rawHeaders)
    const span = trace.getTracer(SCOPE, this.#options.version).startSpan(
      'countersign.verify',
      {
        kind: SpanKind.INTERNAL,
        attributes: { 'http.request.method': METHODS.has(method) ? method : '_OTHER' },
        ...(remote === undefined ? {} : { links: [{ context: remote }] }),
      },
      parent,
    )
    return {
      run: work => context.with(trace.setSpan(parent, span), work),
      end: facts => this.#end(span, facts),
    }
  }

  add(counter: CounterName, labels: Labels): void {
    this.#counters.get(counter)?.add(1, labels)
  }

  record(histogram: HistogramName, value: number, labels: Labels): void {
    this.#histograms.get(histogram)?.record(value, labels)
  }

  observe(instrument: ObservedName, read: () => number): void {
    this.#readers.set(instrument, [...(this.#readers.get(instrument) ?? []), read])
  }

  #read(name: ObservedName, result: ObservableResult): void {
    const readers = this.#readers.get(name)
    if (readers !== undefined) result.observe(readers.reduce((sum, read) => sum + read(), 0))
  }

  #findParent(rawHeaders: readonly string[]): { parent: Context; remote?: ReturnType<Span['spanContext']> } {
    const { trace, context, propagation } = this.#api
    const active = context.active()
    const { remoteParent = 'continue' } = this.#options
    if (remoteParent === 'ignore' || trace.getSpanContext(active) !== undefined) return { parent: active }
    const extracted = propagation.extract(active, rawHeaders, { get: findHeader, keys: () => PROPAGATED })
    if (remoteParent === 'continue') return { parent: extracted }
    const remote = trace.getSpanContext(extracted)
    return remote === undefined ? { parent: active } : { parent: active, remote }
  }

  #end(span: Span, facts: VerificationFacts): void {
    span.setAttribute('countersign.outcome', facts.outcome)
    span.setAttribute('countersign.scheme', facts.scheme)
    span.setAttribute('countersign.request_id', facts.requestId)
    if (facts.partnerId !== undefined) span.setAttribute('enduser.id', facts.partnerId)
    if (facts.credentialId !== undefined) span.setAttribute('countersign.credential_id', facts.credentialId)
    if (facts.status !== undefined) {
      span.setAttribute('http.response.status_code', facts.status)
      span.setAttribute('error.type', facts.outcome)
      // By convention a refusal is no error of the server.
      if (facts.status >= 500) span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
    }
    span.end()
  }
}

function findHeader(rawHeaders: readonly string[], name: string): string | undefined {
  if (!PROPAGATED.includes(name)) return undefined
  let found: string | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]!.toLowerCase() !== name) continue
    // Twice a `traceparent` is none.
    if (found !== undefined) return undefined
    found = rawHeaders[i + 1]
  }
  return found
}
