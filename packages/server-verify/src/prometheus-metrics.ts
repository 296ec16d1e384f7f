import {
  type CounterName,
  type HistogramName,
  INSTRUMENTS,
  type InstrumentDefinition,
  type Labels,
  type ObservedName,
  type Telemetry,
} from './telemetry.js'

/** Metrics that Prometheus can read. */
export interface PrometheusMetrics extends Telemetry {
  /** Value of `content-type` for `expose`. */
  readonly contentType: string
  /** The text format 0.0.4. */
  expose(): string
}

interface HistogramSeries {
  /** Of each bound, those up to it and above the one before; the last is what lies above all. */
  readonly counts: number[]
  sum: number
}

/**
 * Counts in this process, for a route such as `/metrics`. Not for strangers: it tells how the service fares.
 *
 * @example
 * ```ts
 * import { createPrometheusMetrics } from '@countersign/server-verify'
 *
 * const metrics = createPrometheusMetrics()
 * metrics.add('countersign.verifications', { outcome: 'accepted', scheme: 'hmac' })
 * console.log(metrics.expose().includes('countersign_verifications_total{outcome="accepted",scheme="hmac"} 1')) // true
 * ```
 */
export function createPrometheusMetrics(): PrometheusMetrics {
  return new TextMetrics()
}

class TextMetrics implements PrometheusMetrics {
  readonly contentType = 'text/plain; version=0.0.4; charset=utf-8'
  readonly #counters = new Map<string, Map<string, number>>()
  readonly #histograms = new Map<string, Map<string, HistogramSeries>>()
  readonly #readers = new Map<string, (() => number)[]>()

  add(counter: CounterName, labels: Labels): void {
    const series = getOrAdd(this.#counters, counter, () => new Map<string, number>())
    const key = formatLabels(INSTRUMENTS[counter], labels)
    series.set(key, (series.get(key) ?? 0) + 1)
  }

  record(histogram: HistogramName, value: number, labels: Labels): void {
    const definition = INSTRUMENTS[histogram]
    const bounds = definition.bounds ?? []
    const all = getOrAdd(this.#histograms, histogram, () => new Map<string, HistogramSeries>())
    const series = getOrAdd(all, formatLabels(definition, labels), () => ({
      counts: Array<number>(bounds.length + 1).fill(0),
      sum: 0,
    }))
    const bucket = bounds.findIndex(bound => value <= bound)
    series.counts[bucket === -1 ? bounds.length : bucket]!++
    series.sum += value
  }

  observe(instrument: ObservedName, read: () => number): void {
    getOrAdd(this.#readers, instrument, () => []).push(read)
  }

  expose(): string {
    return Object.entries(INSTRUMENTS)
      .map(([name, definition]) => this.#exposeOne(name, definition))
      .join('')
  }

  #exposeOne(name: string, definition: InstrumentDefinition): string {
    const { kind, description, unit } = definition
    const isTotal = kind === 'counter' || kind === 'observed-counter'
    const metric = `${name.replaceAll('.', '_')}${unit === 's' ? '_seconds' : ''}${isTotal ? '_total' : ''}`
    const lines = [...this.#samples(name, metric, definition)]
    if (lines.length === 0) return ''
    const type = kind === 'observed-counter' ? 'counter' : kind
    return `# HELP ${metric} ${description}\n# TYPE ${metric} ${type}\n${lines.join('\n')}\n`
  }

  *#samples(name: string, metric: string, { bounds = [] }: InstrumentDefinition): Generator<string> {
    const readers = this.#readers.get(name)
    if (readers !== undefined) yield `${metric} ${readers.reduce((sum, read) => sum + read(), 0)}`
    for (const [labels, value] of this.#counters.get(name) ?? []) yield `${metric}${wrap(labels)} ${value}`
    for (const [labels, { counts, sum }] of this.#histograms.get(name) ?? []) {
      let total = 0
      for (const [i, count] of counts.entries()) {
        total += count
        yield `${metric}_bucket${wrap(`${labels},le="${bounds[i] ?? '+Inf'}"`)} ${total}`
      }
      yield `${metric}_sum${wrap(labels)} ${sum}`
      yield `${metric}_count${wrap(labels)} ${total}`
    }
  }
}

// Only the labels that the instrument has, in its order: one set of values is one series.
function formatLabels({ labels: names }: InstrumentDefinition, labels: Labels): string {
  return names.map(name => `${name}="${escapeValue(labels[name] ?? '')}"`).join(',')
}

function wrap(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = create()
    map.set(key, value)
  }
  return value
}
