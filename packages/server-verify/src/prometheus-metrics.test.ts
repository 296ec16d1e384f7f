import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createPrometheusMetrics } from './prometheus-metrics.js'
import { INSTRUMENTS } from './telemetry.js'

const fill = () => {
  const metrics = createPrometheusMetrics()
  metrics.add('countersign.verifications', { outcome: 'accepted', scheme: 'hmac' })
  metrics.add('countersign.verifications', { scheme: 'hmac', outcome: 'accepted' })
  metrics.add('countersign.verifications', { outcome: 'a"b\\c\nd', scheme: 'none', path: '/v1/secret' })
  for (const seconds of [0.0001, 0.0002, 0.003, 7])
    metrics.record('countersign.verification.duration', seconds, { result: 'accepted' })
  metrics.observe('countersign.audit.lost', () => 3)
  metrics.observe('countersign.audit.lost', () => 4)
  metrics.observe('countersign.addresses.blocked', () => 2)
  return metrics
}

describe('createPrometheusMetrics', () => {
  it('writes the text format', () => {
    const metrics = fill()
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    const lines = metrics.expose().split('\n')
    for (const line of [
      '# TYPE countersign_verifications_total counter',
      'countersign_verifications_total{outcome="accepted",scheme="hmac"} 2',
      'countersign_verifications_total{outcome="a\\"b\\\\c\\nd",scheme="none"} 1',
      '# TYPE countersign_verification_duration_seconds histogram',
      'countersign_verification_duration_seconds_bucket{result="accepted",le="0.0001"} 1',
      'countersign_verification_duration_seconds_bucket{result="accepted",le="0.005"} 3',
      'countersign_verification_duration_seconds_bucket{result="accepted",le="2.5"} 3',
      'countersign_verification_duration_seconds_bucket{result="accepted",le="+Inf"} 4',
      'countersign_verification_duration_seconds_count{result="accepted"} 4',
      '# TYPE countersign_audit_lost_total counter',
      'countersign_audit_lost_total 7',
      '# TYPE countersign_addresses_blocked gauge',
      'countersign_addresses_blocked 2',
    ])
      expect(lines).toContain(line)
    expect(metrics.expose()).not.toContain('secret')
    expect(createPrometheusMetrics().expose()).toBe('')
  })

  it('has few series however many requests there are: every label is of a closed set', () => {
    for (const { labels } of Object.values(INSTRUMENTS))
      for (const label of labels)
        expect(['outcome', 'scheme', 'result', 'limit', 'dependency', 'cache', 'event']).toContain(label)
  })

  // Debian's python3-prometheus-client belongs to Debian's own Python.
  const python = ['/usr/bin/python3', 'python3'].find(
    command => spawnSync(command, ['-c', 'import prometheus_client']).status === 0,
  )
  if (python === undefined && process.env['CI'] !== undefined)
    throw new Error('python3 with prometheus_client is needed in CI (Debian: python3-prometheus-client).')
  if (python === undefined)
    console.log('skipped: python3 has no prometheus_client, so the exposition is not read by another program')

  it.runIf(python)("Prometheus's own Python parser reads the same", () => {
    const script = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps([[f.name, f.type, [[s.name, s.labels, s.value] for s in f.samples]]
    for f in text_string_to_metric_families(sys.stdin.read())]))
`
    const run = spawnSync(python!, ['-c', script], { input: fill().expose(), encoding: 'utf8' })
    expect(run.stderr).toBe('')
    const families = JSON.parse(run.stdout) as [string, string, [string, Record<string, string>, number][]][]
    expect(families.map(([name, type]) => [name, type])).toEqual([
      ['countersign_verifications', 'counter'],
      ['countersign_verification_duration_seconds', 'histogram'],
      ['countersign_addresses_blocked', 'gauge'],
      ['countersign_audit_lost', 'counter'],
    ])
    expect(families[0]![2]).toEqual([
      ['countersign_verifications_total', { outcome: 'accepted', scheme: 'hmac' }, 2],
      ['countersign_verifications_total', { outcome: 'a"b\\c\nd', scheme: 'none' }, 1],
    ])
    const histogram = families[1]![2]
    const buckets = histogram.filter(([name]) => name.endsWith('_bucket')).map(([, , value]) => value)
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b))
    expect(buckets.at(-1)).toBe(4)
    expect(histogram.find(([name]) => name.endsWith('_sum'))![2]).toBeCloseTo(7.0033, 10)
    expect(families[3]![2]).toEqual([['countersign_audit_lost_total', {}, 7]])
  })
})
