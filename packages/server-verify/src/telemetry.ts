import type { IncomingRequest } from './incoming-request.js'

/** What is measured. Names as OpenTelemetry writes them; Prometheus makes underscores of the dots. */
export type CounterName =
  | 'countersign.verifications'
  | 'countersign.limit.refusals'
  | 'countersign.dependency.failures'
  | 'countersign.cache.lookups'
  | 'countersign.address.blocks'

/** Measured values with a distribution. */
export type HistogramName = 'countersign.verification.duration'

/** Values that are read when somebody asks for them. */
export type ObservedName =
  | 'countersign.replay_guard.claims'
  | 'countersign.addresses.blocked'
  | 'countersign.audit.pending'
  | 'countersign.audit.failures'
  | 'countersign.audit.lost'

/** Names and values of labels. There are few of each: never a path, an address, a partner, or a key id. */
export type Labels = Readonly<Record<string, string>>

/** What is told about a verification when it has ended. */
export interface VerificationFacts {
  /** `accepted`, or a code of `spec/errors.md`. */
  readonly outcome: string
  /** Scheme of the credential that was presented, or `none`. */
  readonly scheme: string
  /** Of the refusal; `undefined` when accepted: the handler decides. */
  readonly status: number | undefined
  readonly requestId: string
  /** Only of an authenticated caller. */
  readonly partnerId: string | undefined
  readonly credentialId: string | undefined
}

/** One verification in a trace. */
export interface VerificationSpan {
  /** Runs the verification with the span as the current one, so that what it calls is traced below it. */
  run<T>(work: () => Promise<T>): Promise<T>
  end(facts: VerificationFacts): void
}

/**
 * Where the verifier reports to: `createTelemetry(api)` of `@countersign/server-verify/opentelemetry`,
 * `createPrometheusMetrics()`, several with `combineTelemetry`, or something of your own.
 */
export interface Telemetry {
  /** Begins a span; without it there are none. */
  startVerification?(request: Pick<IncomingRequest, 'method' | 'rawHeaders'>): VerificationSpan
  /** One more. */
  add(counter: CounterName, labels: Labels): void
  /** @param value in the instrument's unit: seconds */
  record(histogram: HistogramName, value: number, labels: Labels): void
  /** The value is the sum of all readers: several verifiers may report to one telemetry. */
  observe(instrument: ObservedName, read: () => number): void
}

/** What an instrument is. */
export interface InstrumentDefinition {
  readonly kind: 'counter' | 'histogram' | 'gauge' | 'observed-counter'
  readonly description: string
  /** UCUM, as OpenTelemetry has it. */
  readonly unit: string
  readonly labels: readonly string[]
  /** Upper bounds of a histogram. */
  readonly bounds?: readonly number[] | undefined
}

/** Every instrument. */
export const INSTRUMENTS: Readonly<Record<CounterName | HistogramName | ObservedName, InstrumentDefinition>> =
  {
    'countersign.verifications': {
      kind: 'counter',
      description:
        'Requests that were verified or refused, by outcome (a code of spec/errors.md) and scheme.',
      unit: '{request}',
      labels: ['outcome', 'scheme'],
    },
    'countersign.verification.duration': {
      kind: 'histogram',
      description: 'Time from the raw request to the verdict.',
      unit: 's',
      labels: ['result'],
      bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    },
    'countersign.limit.refusals': {
      kind: 'counter',
      description: 'Requests refused by a limit: quota, concurrency, address, or block.',
      unit: '{request}',
      labels: ['limit'],
    },
    'countersign.dependency.failures': {
      kind: 'counter',
      description: 'Requests that could not be judged because of something the service depends on.',
      unit: '{request}',
      labels: ['dependency'],
    },
    'countersign.cache.lookups': {
      kind: 'counter',
      description: 'Look-ups that were answered at once (hit) or had to ask (miss).',
      unit: '{lookup}',
      labels: ['cache', 'result'],
    },
    'countersign.address.blocks': {
      kind: 'counter',
      description: 'Client addresses that were blocked, or let in by an operator.',
      unit: '{address}',
      labels: ['event'],
    },
    'countersign.replay_guard.claims': gauge(
      'Claims that the replay guard of this process holds.',
      '{claim}',
    ),
    'countersign.addresses.blocked': gauge('Client addresses that are blocked now.', '{address}'),
    'countersign.audit.pending': gauge('Audit entries that the sink has not answered for yet.', '{entry}'),
    'countersign.audit.failures': total('Audit entries that the sink refused, or was waited for in vain.'),
    'countersign.audit.lost': total('Audit entries that are not in the log, at least.'),
  }

/**
 * Reports to several at once. Spans come from the first that makes any.
 *
 * @example
 * ```ts
 * import { combineTelemetry, createPrometheusMetrics } from '@countersign/server-verify'
 *
 * const metrics = createPrometheusMetrics()
 * const telemetry = combineTelemetry(metrics)
 * console.log(typeof telemetry.add)
 * ```
 */
export function combineTelemetry(...all: readonly Telemetry[]): Telemetry {
  const tracer = all.find(one => one.startVerification !== undefined)
  return {
    ...(tracer === undefined ? {} : { startVerification: request => tracer.startVerification!(request) }),
    add(counter, labels) {
      for (const one of all) one.add(counter, labels)
    },
    record(histogram, value, labels) {
      for (const one of all) one.record(histogram, value, labels)
    },
    observe(instrument, read) {
      for (const one of all) one.observe(instrument, read)
    },
  }
}

function gauge(description: string, unit: string): InstrumentDefinition {
  return { kind: 'gauge', description, unit, labels: [] }
}

function total(description: string): InstrumentDefinition {
  return { kind: 'observed-counter', description, unit: '{entry}', labels: [] }
}
