import type { HeaderPair } from '@countersign/protocol'
import type { OutgoingRequest } from './outgoing-request.js'

/** What is used of a span. */
export interface TelemetrySpan {
  setAttribute(name: string, value: string | number): unknown
  setStatus(status: { readonly code: number; readonly message?: string }): unknown
  end(): void
}

/**
 * The module `@opentelemetry/api`, as far as it is used: `import * as openTelemetry from '@opentelemetry/api'`. It is
 * passed in, so that it is the application's own copy, and who has none loads none.
 */
export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: never, context: never): TelemetrySpan
    }
    setSpan(context: never, span: never): unknown
  }
  readonly context: { active(): unknown }
  readonly propagation: { inject(context: never, carrier: Record<string, string>): void }
  readonly SpanKind: { readonly INTERNAL: number; readonly CLIENT: number }
  readonly SpanStatusCode: { readonly ERROR: number }
}

/** A span under way, and what is inside it. */
export interface ActiveSpan {
  /** The context in which the span is the current one. */
  readonly context: unknown
  /** Ends it. @param errorType a code, when it went wrong */
  end(facts: {
    readonly status?: number | undefined
    readonly requestId?: string | undefined
    readonly errorType?: string | undefined
  }): void
}

/** Tells OpenTelemetry of calls and attempts. Attributes follow the HTTP semantic conventions; none holds a credential. */
export class Telemetry {
  readonly #api: OpenTelemetryApi
  readonly #tracer: ReturnType<OpenTelemetryApi['trace']['getTracer']>

  constructor(api: OpenTelemetryApi) {
    this.#api = api
    this.#tracer = api.trace.getTracer('@countersign/sdk')
  }

  /** A call with all its attempts. */
  startCall(request: OutgoingRequest): ActiveSpan {
    return this.#start(
      `countersign ${request.method}`,
      this.#api.SpanKind.INTERNAL,
      this.#api.context.active(),
      {
        'http.request.method': request.method,
        'url.path': request.path,
      },
    )
  }

  /** One attempt: what a server sees as a request. `parent`: the context of the call; default: the active one. */
  startAttempt(request: OutgoingRequest, attempt: number, parent: unknown): ActiveSpan {
    const { protocol, hostname, port } = new URL(request.origin)
    return this.#start(request.method, this.#api.SpanKind.CLIENT, parent ?? this.#api.context.active(), {
      'http.request.method': request.method,
      'url.full': `${request.origin}${request.path}`,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    })
  }

  /** Adds the headers by which the server finds the trace. Before signing: what is signed is what is sent. */
  propagate(request: OutgoingRequest, span: ActiveSpan): OutgoingRequest {
    const carrier: Record<string, string> = {}
    this.#api.propagation.inject(span.context as never, carrier)
    const given = new Set(request.headers.map(([name]) => name))
    const added = Object.entries(carrier)
      .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
      .filter(([name, value]) => PROPAGATED.has(name) && !given.has(name) && /^[\x20-\x7e]*$/.test(value))
    return added.length === 0 ? request : { ...request, headers: [...request.headers, ...added] }
  }

  #start(
    name: string,
    kind: number,
    parent: unknown,
    attributes: Record<string, string | number>,
  ): ActiveSpan {
    const span = this.#tracer.startSpan(name, { kind, attributes } as never, parent as never)
    return {
      context: this.#api.trace.setSpan(parent as never, span as never),
      end: ({ status, requestId, errorType }) => {
        if (status !== undefined) span.setAttribute('http.response.status_code', status)
        if (requestId !== undefined) span.setAttribute('countersign.request_id', requestId)
        if (errorType !== undefined) {
          span.setAttribute('error.type', errorType)
          span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
        }
        span.end()
      },
    }
  }
}

/** Only these: what another propagator adds may be a header that must be signed, or a secret. */
const PROPAGATED: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage'])
