import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createAuditLog } from './audit-log.js'
import type { AuditRecord } from './audit-record.js'
import { createNdjsonSink } from './ndjson-sink.js'

const record = (facts: Partial<AuditRecord> = {}): AuditRecord => ({
  time: '2026-11-21T23:30:40.000Z',
  requestId: 'r-1',
  partner: 'acme',
  credential: 'acme_2026_a',
  scheme: 'hmac',
  method: 'POST',
  path: '/v1/x',
  outcome: 'accepted',
  status: null,
  latencyMs: 0.1,
  bodySha256: null,
  ...facts,
})

describe('createNdjsonSink', () => {
  it('writes one line a record; nothing in a value starts a line or moves a cursor', async () => {
    const stream = new PassThrough()
    const sink = createNdjsonSink(stream)
    const hostile = record({ path: '/a\n{"outcome":"accepted"}\r\u001b[2J\u009b2J\u2028\u007f\u00e9' })
    await sink.write(hostile)
    await sink.write(record())
    const text = String(stream.read())
    expect(text).toMatch(/^[\x20-\x7e]*\n[\x20-\x7e]*\n$/)
    expect(
      text
        .split('\n')
        .slice(0, 2)
        .map(line => JSON.parse(line)),
    ).toEqual([hostile, record()])
  })

  it('appends to a file of its own, readable by nobody else', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'audit-'))
    const file = join(directory, 'audit.ndjson')
    for (const requestId of ['r-1', 'r-2']) {
      const sink = createNdjsonSink(file)
      await sink.write(record({ requestId }))
      await sink.close?.()
    }
    expect(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line).requestId),
    ).toEqual(['r-1', 'r-2'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    rmSync(directory, { recursive: true })
  })

  it('a full stream makes the writer wait until it has drained', async () => {
    const release: (() => void)[] = []
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void release.push(done),
    })
    const sink = createNdjsonSink(slow)
    let taken = false
    const pending = Promise.resolve(sink.write(record())).then(() => {
      taken = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(taken).toBe(false)
    release.shift()!()
    await pending
    expect(taken).toBe(true)
  })

  it('a stream that failed is told at the next record, and to whoever waits', async () => {
    const broken = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(new Error('disk full')),
    })
    const sink = createNdjsonSink(broken)
    await expect(Promise.resolve(sink.write(record()))).rejects.toThrow('disk full')
    expect(() => sink.write(record())).toThrow('disk full')
  })
})

describe('createAuditLog', () => {
  it('closing writes the counts that are still open', async () => {
    const written: unknown[] = []
    const log = createAuditLog({ write: entry => void written.push(entry) }, { unauthenticatedSamples: 1 })
    for (let i = 0; i < 3; i++) log.recordUnauthenticated(record({ outcome: 'unknown_key' }), 1000 + i)
    await log.close()
    await log.close()
    expect(written).toEqual([
      record({ outcome: 'unknown_key' }),
      {
        time: '1970-01-01T00:00:01.002Z',
        kind: 'unauthenticated_summary',
        since: '1970-01-01T00:00:01.000Z',
        refused: { unknown_key: 3 },
      },
    ])
  })

  it('a flood of strangers never waits for the sink and never fails by it', () => {
    const log = createAuditLog({ write: () => Promise.reject(new Error('disk full')) })
    const throwing = createAuditLog({
      write: () => {
        throw new Error('disk full')
      },
    })
    for (let i = 0; i < 30; i++) {
      expect(log.recordUnauthenticated(record(), i * 10_000)).toBeUndefined()
      expect(throwing.recordUnauthenticated(record(), i * 10_000)).toBeUndefined()
    }
  })
})
