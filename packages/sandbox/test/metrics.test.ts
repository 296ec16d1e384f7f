// GET /metrics, read by Prometheus's own Python parser where there is one.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { startSandbox } from '../src/index.js'
import { ApiClient, newEvent } from './api-client.js'

const SCRIPT = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
print(json.dumps({s.name + json.dumps(s.labels, sort_keys=True): s.value
    for f in text_string_to_metric_families(sys.stdin.read()) for s in f.samples}))
`
const python = ['/usr/bin/python3', 'python3'].find(
  command => spawnSync(command, ['-c', 'import prometheus_client']).status === 0,
)
if (python === undefined && process.env['CI'] !== undefined)
  throw new Error('python3 with prometheus_client is needed in CI (Debian: python3-prometheus-client).')
if (python === undefined) console.log('skipped: python3 has no prometheus_client to read /metrics with')

it.runIf(python)('counts what partners and strangers sent', async () => {
  const sandbox = await startSandbox({ port: 0 })
  const api = new ApiClient(sandbox.ready)
  try {
    const path = '/v1/orders/A-1/statuses'
    expect((await api.send({ method: 'POST', target: path, body: newEvent() })).status).toBe(202)
    expect((await fetch(`${sandbox.url}${path}?cursor=CANARY`)).status).toBe(401)
    const answer = await fetch(`${sandbox.url}/metrics`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await answer.text()
    expect(text).not.toContain('CANARY')
    const run = spawnSync(python!, ['-c', SCRIPT], { input: text, encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toMatchObject({
      'countersign_verifications_total{"outcome": "accepted", "scheme": "hmac"}': 1,
      'countersign_verifications_total{"outcome": "credentials_missing", "scheme": "none"}': 1,
      'countersign_verification_duration_seconds_count{"result": "accepted"}': 1,
      'countersign_replay_guard_claims{}': 1,
    })
    // It is no route of the API.
    expect(sandbox.routes).not.toContain('GET /metrics')
  } finally {
    api.close()
    await sandbox.close()
  }
})
