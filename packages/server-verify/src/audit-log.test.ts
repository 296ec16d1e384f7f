import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditCheckpoint } from './audit-checkpoint.js'
import type { AuditTrouble } from './audit-delivery.js'
import type { AuditEntry } from './audit-event.js'
import { type AuditLogOptions, createAuditLog } from './audit-log.js'
import type { AuditRecord } from './audit-record.js'
import type { AuditSink } from './audit-sink.js'
import { verifyAuditChain } from './audit-verification.js'

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
const REFUSED = { code: 'dependency_unavailable', dependency: 'audit log', status: 503 }

/** A sink that does as it is told, and keeps what it took. */
class TestSink implements AuditSink {
  readonly entries: AuditEntry[] = []
  readonly lines: string[] = []
  mode: 'takes' | 'throws' | 'rejects' | 'hangs' = 'takes'
  readonly hanging: { readonly entry: AuditEntry; readonly line: string; readonly done: () => void }[] = []

  write(entry: AuditEntry, line: string): void | Promise<void> {
    if (this.mode === 'throws') throw new Error('disk full')
    if (this.mode === 'rejects') return Promise.reject(new Error('disk full'))
    if (this.mode === 'hangs') return new Promise(done => this.hanging.push({ entry, line, done }))
    this.entries.push(entry)
    this.lines.push(line)
  }

  release(): void {
    for (const { entry, line, done } of this.hanging.splice(0)) {
      this.entries.push(entry)
      this.lines.push(line)
      done()
    }
  }
}

const open = (options: AuditLogOptions = {}) => {
  const sink = new TestSink()
  const troubles: AuditTrouble[] = []
  const now = (): number => 1_800_000_000_000
  const log = createAuditLog(sink, { now, onTrouble: trouble => troubles.push(trouble), ...options })
  return { sink, log, troubles }
}

describe('createAuditLog', () => {
  it('closing writes the counts that are still open', async () => {
    const { sink, log } = open({ unauthenticatedSamples: 1 })
    for (let i = 0; i < 3; i++) log.recordUnauthenticated(record({ outcome: 'unknown_key' }), 1000 + i)
    await log.close()
    await log.close()
    expect(sink.entries).toEqual([
      record({ outcome: 'unknown_key' }),
      {
        time: '1970-01-01T00:00:01.002Z',
        kind: 'unauthenticated_summary',
        since: '1970-01-01T00:00:01.000Z',
        refused: { unknown_key: 3 },
      },
    ])
    expect(await verifyAuditChain(sink.lines)).toMatchObject({ ok: true, records: 2 })
  })

  it('a flood of strangers never waits for the sink and never fails by it', () => {
    for (const mode of ['rejects', 'throws', 'hangs'] as const) {
      const { sink, log } = open({ maxPending: 20 })
      sink.mode = mode
      for (let i = 0; i < 300; i++) expect(log.recordUnauthenticated(record(), i * 1000)).toBeUndefined()
      expect(sink.hanging.length).toBeLessThanOrEqual(20)
    }
  })

  it('blocks of addresses are counted and sampled as strangers are', async () => {
    const { sink, log } = open({ unauthenticatedSamples: 2 })
    const time = '2026-11-21T23:30:40.000Z'
    for (let i = 0; i < 5; i++) log.recordEvent({ time, kind: 'address_blocked', address: `192.0.2.${i}` })
    await log.close()
    expect(sink.entries).toHaveLength(3)
    expect(sink.entries[2]).toMatchObject({ refused: { address_blocked: 5 } })
  })

  it('what the sink takes at once is not waited for; what it takes late is', async () => {
    const { sink, log } = open()
    expect(log.record(record())).toBeUndefined()
    sink.mode = 'hangs'
    let taken = false
    const pending = Promise.resolve(log.record(record())).then(() => (taken = true))
    await new Promise(resolve => setImmediate(resolve))
    expect(taken).toBe(false)
    expect(log.status.pending).toBe(1)
    sink.release()
    await pending
    expect(log.status).toEqual({ state: 'writing', pending: 0, failures: 0, lost: 0 })
  })
})

describe('a sink that fails', () => {
  it.each(['throws', 'rejects'] as const)('refuse: %s', async mode => {
    const { sink, log, troubles } = open({ onSinkFailure: 'refuse' })
    await log.record(record({ requestId: 'r-1' }))
    sink.mode = mode
    for (let i = 0; i < 3; i++)
      await expect((async () => log.record(record()))()).rejects.toMatchObject(REFUSED)
    expect(log.status).toEqual({
      state: 'failing',
      pending: 0,
      failures: 3,
      lost: 3,
    })
    expect(troubles).toMatchObject([{ state: 'failing', policy: 'refuse', error: { message: 'disk full' } }])
    sink.mode = 'takes'
    await log.record(record({ requestId: 'r-5' }))
    expect(troubles.map(({ state }) => state)).toEqual(['failing', 'writing'])
    expect(sink.entries).toMatchObject([
      { requestId: 'r-1' },
      { kind: 'audit_gap', time: '2027-01-15T08:00:00.000Z', after: { seq: 1 } },
      { requestId: 'r-5' },
    ])
    const verified = await verifyAuditChain(sink.lines)
    expect(verified).toMatchObject({ ok: true, chains: [{ last: 1 }, { last: 2 }] })
    // The new chain vouches for the end of the old one.
    expect((await verifyAuditChain(sink.lines.slice(1))).ok).toBe(true)
  })

  it.each(['throws', 'rejects'] as const)('continue: %s', async mode => {
    const { sink, log, troubles } = open({ onSinkFailure: 'continue' })
    sink.mode = mode
    for (let i = 0; i < 3; i++) await log.record(record())
    expect(log.status).toMatchObject({ state: 'failing', failures: 3 })
    expect(troubles).toMatchObject([{ state: 'failing', policy: 'continue' }])
    sink.mode = 'takes'
    await log.record(record({ requestId: 'r-9' }))
    expect(sink.entries).toMatchObject([
      { kind: 'audit_gap', lost: log.status.lost, after: null },
      { requestId: 'r-9' },
    ])
    expect(log.status.lost).toBe(3)
    expect(await verifyAuditChain(sink.lines)).toMatchObject({ ok: true, records: 2 })
  })

  it('an outage while many are on their way costs one chain, and none of its holes', async () => {
    const { sink, log } = open({ onSinkFailure: 'continue' })
    await log.record(record())
    sink.mode = 'rejects'
    await Promise.all(Array.from({ length: 5 }, () => log.record(record())))
    sink.mode = 'takes'
    await log.close()
    expect(sink.entries).toMatchObject([
      { requestId: 'r-1' },
      { kind: 'audit_gap', lost: 5, after: { seq: 1 } },
    ])
    expect(await verifyAuditChain(sink.lines)).toMatchObject({ ok: true, chains: [{ last: 1 }, { last: 1 }] })
  })
})

describe('a sink that is too slow', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('refuse: the first waits, the others do not, and all is well when it has caught up', async () => {
    const { sink, log, troubles } = open({ onSinkFailure: 'refuse', maxWaitMs: 2000 })
    sink.mode = 'hangs'
    const first = Promise.resolve(log.record(record()))
    const refused = expect(first).rejects.toMatchObject(REFUSED)
    await vi.advanceTimersByTimeAsync(2000)
    await refused
    expect(() => log.record(record())).toThrow(expect.objectContaining(REFUSED))
    expect(log.status).toEqual({ state: 'stalled', pending: 1, failures: 2, lost: 1 })
    sink.release()
    await vi.advanceTimersByTimeAsync(0)
    sink.mode = 'takes'
    expect(log.record(record({ requestId: 'r-3' }))).toBeUndefined()
    expect(troubles.map(({ state }) => state)).toEqual(['stalled', 'writing'])
    expect(sink.entries).toMatchObject([
      { requestId: 'r-1' },
      { kind: 'audit_gap', lost: 1, after: null },
      { requestId: 'r-3' },
    ])
    expect(await verifyAuditChain(sink.lines)).toMatchObject({ ok: true, chains: [{ records: 3 }] })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('continue: the first waits, the others go on, and their records come late', async () => {
    const { sink, log } = open({ onSinkFailure: 'continue', maxWaitMs: 50, maxPending: 3 })
    sink.mode = 'hangs'
    const first = log.record(record())
    await vi.advanceTimersByTimeAsync(50)
    await first
    for (let i = 0; i < 5; i++) expect(log.record(record())).toBeUndefined()
    expect(log.status).toMatchObject({ state: 'stalled', pending: 3, lost: 3 })
    sink.release()
    await vi.advanceTimersByTimeAsync(0)
    sink.mode = 'takes'
    await log.record(record())
    expect(sink.entries).toHaveLength(5)
    expect(sink.entries[3]).toMatchObject({ kind: 'audit_gap', lost: 3 })
    expect(await verifyAuditChain(sink.lines)).toMatchObject({ ok: true })
  })

  it('no more than maxPending wait at once', async () => {
    const { sink, log } = open({ maxPending: 2 })
    sink.mode = 'hangs'
    const waiting = [log.record(record()), log.record(record())]
    expect(() => log.record(record())).toThrow(expect.objectContaining(REFUSED))
    sink.release()
    await Promise.all(waiting)
  })
})

describe('checkpoints', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = { publicKey }

  const openSigned = (everyRecords: number, keep?: (checkpoint: AuditCheckpoint) => void) => {
    const kept: AuditCheckpoint[] = []
    const checkpoints = {
      key: { privateKey },
      everyRecords,
      everySeconds: 60,
      keep: keep ?? ((checkpoint: AuditCheckpoint) => void kept.push(checkpoint)),
    }
    return { ...open({ checkpoints }), kept }
  }

  it('with the first record, every so many, after some time, and at the end', async () => {
    const { sink, log, kept } = openSigned(3)
    await log.record(record())
    for (let i = 0; i < 3; i++) await log.record(record())
    await vi.advanceTimersByTimeAsync(0)
    expect(kept.map(({ seq }) => seq)).toEqual([1, 5])
    await vi.advanceTimersByTimeAsync(600_000)
    expect(kept).toHaveLength(2)
    await log.record(record())
    await vi.advanceTimersByTimeAsync(59_999)
    expect(kept).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(kept.map(({ seq }) => seq)).toEqual([1, 5, 7])
    await log.close()
    expect(kept.at(-1)).toMatchObject({ seq: 8, final: true, time: '2027-01-15T08:00:00.000Z' })
    const verified = await verifyAuditChain(sink.lines, { key, checkpoints: kept })
    expect(verified).toMatchObject({ ok: true, chains: [{ signedUpTo: 8, last: 9, closed: true }] })
    const cut = await verifyAuditChain(sink.lines.slice(0, 6), { key, checkpoints: kept })
    expect(cut.problems).toMatchObject([{ kind: 'cut', seq: 7 }])
  })

  it('a chain that starts anew is signed anew; its gap stands before the record and not before the note', async () => {
    const { sink, log, kept } = openSigned(1000)
    await log.record(record())
    sink.mode = 'throws'
    expect(() => log.record(record())).toThrow()
    sink.mode = 'takes'
    await log.record(record())
    await vi.advanceTimersByTimeAsync(0)
    await log.close()
    expect(new Set(kept.map(({ chain }) => chain)).size).toBe(2)
    expect(await verifyAuditChain(sink.lines, { key, checkpoints: kept })).toMatchObject({
      ok: true,
      problems: [],
    })
  })

  it('a copy that cannot be kept refuses nobody', async () => {
    const { log, troubles } = openSigned(1000, () => {
      throw new Error('host is down')
    })
    await log.record(record())
    await vi.advanceTimersByTimeAsync(0)
    expect(troubles).toMatchObject([{ state: 'checkpoint_failed', error: { message: 'host is down' } }])
    await log.record(record())
    await log.close()
  })
})
