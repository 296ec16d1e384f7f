import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { AuditEntry } from './audit-event.js'
import { formatAuditLine } from './audit-line.js'
import { createAuditLog } from './audit-log.js'
import type { AuditRecord } from './audit-record.js'
import type { AuditSink } from './audit-sink.js'
import { verifyAuditChain } from './audit-verification.js'
import { createNdjsonSink } from './ndjson-sink.js'

const folder = mkdtempSync(join(tmpdir(), 'audit-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = (): string => join(folder, `audit-${++files}.ndjson`)
const read = (file: string): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1)

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
const EVIDENCE = {
  signatureInput: 'sig=()',
  signature: 'sig=:AA==:',
  signatureBase: 'base',
  algorithm: 'ed25519',
  publicKey: 'PEM',
  keyId: 'acme_2026_a',
  keyNotBefore: null,
  keyNotAfter: null,
  receivedAt: '2026-11-21T23:30:40.000Z',
  body: '',
} as const
const put = (sink: AuditSink, entry: AuditEntry, durable = false): void | Promise<void> =>
  sink.write(entry, formatAuditLine(entry), durable)

describe('a stream', () => {
  it('gets one line a record; nothing in a value starts a line or moves a cursor', async () => {
    const stream = new PassThrough()
    const sink = createNdjsonSink(stream)
    const hostile = record({ path: '/a\n{"outcome":"accepted"}\r\u001b[2J\u009b2J\u2028\u007f\u00e9' })
    await put(sink, hostile)
    await put(sink, record(), true)
    const text = String(stream.read())
    expect(text).toMatch(/^[\x20-\x7e]*\n[\x20-\x7e]*\n$/)
    const lines = text.split('\n').slice(0, 2)
    expect(lines.map(line => JSON.parse(line))).toEqual([hostile, record()])
  })

  it('that is full makes the writer wait until it has drained', async () => {
    const release: (() => void)[] = []
    const slow = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => void release.push(done),
    })
    const sink = createNdjsonSink(slow)
    let taken = false
    const pending = Promise.resolve(put(sink, record())).then(() => {
      taken = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(taken).toBe(false)
    release.shift()!()
    await pending
    expect(taken).toBe(true)
  })

  it('that failed is told at the next record, and to whoever waits', async () => {
    const broken = new Writable({
      highWaterMark: 1,
      write: (_chunk, _encoding, done) => done(new Error('disk full')),
    })
    const sink = createNdjsonSink(broken)
    await expect(Promise.resolve(put(sink, record()))).rejects.toThrow('disk full')
    expect(() => put(sink, record())).toThrow('disk full')
    const ended = new PassThrough()
    ended.end()
    expect(() => put(createNdjsonSink(ended), record())).toThrow('closed')
    const durable = createNdjsonSink(
      new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) }),
    )
    await expect(put(durable, record(), true)).rejects.toThrow('full')
  })
})

describe('a file', () => {
  it('is appended to, readable by nobody else', async () => {
    const file = newFile()
    for (const requestId of ['r-1', 'r-2']) {
      const log = createAuditLog(createNdjsonSink(file))
      await log.record(record({ requestId }))
      await log.close()
    }
    expect(read(file).map(line => JSON.parse(line).requestId)).toEqual(['r-1', 'r-2'])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await verifyAuditChain(read(file))).toMatchObject({ ok: true, chains: [{}, {}] })
  })

  it.each(['written', 'synced'] as const)(
    '%s: the line is there when write has answered',
    async durability => {
      const file = newFile()
      const sink = createNdjsonSink(file, { durability })
      await put(sink, record())
      expect(read(file)).toHaveLength(1)
      await sink.close()
    },
  )

  it('buffered: taken at once, but evidence is on disk before the answer', async () => {
    const file = newFile()
    const log = createAuditLog(createNdjsonSink(file))
    expect(log.record(record())).toBeUndefined()
    const durable = log.record(record({ evidence: EVIDENCE }))
    expect(durable).toBeInstanceOf(Promise)
    await durable
    expect(read(file)).toHaveLength(2)
    await log.close()
  })

  it('the buffer is bounded: beyond it writers wait', async () => {
    const file = newFile()
    const sink = createNdjsonSink(file)
    const long = record({ path: 'x'.repeat(10_000) })
    const answers = Array.from({ length: 10 }, () => put(sink, long))
    expect(answers.slice(0, 6).every(answer => answer === undefined)).toBe(true)
    expect(answers[7]).toBeInstanceOf(Promise)
    await Promise.all(answers)
    await sink.close()
    expect(read(file)).toHaveLength(10)
    expect(() => put(sink, record())).toThrow('closed')
  })

  it('renamed by a rotation: lines go to a new one once it was told, and the chain goes on over both', async () => {
    const file = newFile()
    const sink = createNdjsonSink(file, { reopenOn: 'SIGHUP', durability: 'written' })
    const log = createAuditLog(sink)
    await log.record(record())
    renameSync(file, `${file}.1`)
    await log.record(record())
    process.emit('SIGHUP')
    await log.record(record())
    await log.close()
    expect(process.listenerCount('SIGHUP')).toBe(0)
    const [older, newer] = [read(`${file}.1`), read(file)]
    expect([older.length, newer.length]).toEqual([2, 1])
    expect(await verifyAuditChain([...older, ...newer])).toMatchObject({ ok: true, records: 3 })
    expect(await verifyAuditChain(newer, { partial: true })).toMatchObject({ ok: true })
  })

  it('a line that a crash has torn does not swallow the next one', async () => {
    const file = newFile()
    const write = async (): Promise<void> => {
      const log = createAuditLog(createNdjsonSink(file))
      await log.record(record())
      await log.close()
    }
    await write()
    appendFileSync(file, '{"chain":"0123')
    await write()
    expect((await verifyAuditChain(read(file))).problems).toMatchObject([{ kind: 'not_a_record', line: 2 }])
    expect(read(file)).toHaveLength(3)
  })

  const full = statSync('/dev/full', { throwIfNoEntry: false }) !== undefined
  if (!full && process.env['CI'] !== undefined) throw new Error('/dev/full is needed in CI.')
  if (!full) console.log('skipped: there is no /dev/full here')

  it.runIf(full)('a full disk: refused by default, passed over on demand, both told', async () => {
    for (const policy of ['refuse', 'continue'] as const) {
      const troubles: unknown[] = []
      const sink = createNdjsonSink('/dev/full', { durability: 'written' })
      const log = createAuditLog(sink, {
        onSinkFailure: policy,
        onTrouble: trouble => troubles.push(trouble),
      })
      const writing = (async () => log.record(record()))()
      if (policy === 'continue') await writing
      else await expect(writing).rejects.toMatchObject({ status: 503, cause: { code: 'ENOSPC' } })
      expect(troubles).toMatchObject([{ state: 'failing', policy, error: { code: 'ENOSPC' } }])
      expect(log.status).toMatchObject({ state: 'failing', lost: 1 })
      await expect(log.close()).rejects.toThrow('ENOSPC')
    }
  })

  it.runIf(full)('a full disk is noticed by the request after those that were taken at once', async () => {
    const log = createAuditLog(createNdjsonSink('/dev/full'), { onTrouble: () => undefined })
    expect(log.record(record())).toBeUndefined()
    await vi.waitFor(() =>
      expect(() => log.record(record())).toThrow(expect.objectContaining({ status: 503 })),
    )
    await expect(log.close()).rejects.toThrow('ENOSPC')
  })

  it('a folder that is not there yet: written once it is, a second later', async () => {
    const missing = join(folder, 'later', 'audit.ndjson')
    const log = createAuditLog(createNdjsonSink(missing, { durability: 'written' }), {
      onTrouble: () => undefined,
    })
    await expect(log.record(record())).rejects.toMatchObject({ status: 503 })
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(folder, 'later'))
    expect(() => log.record(record())).toThrow()
    await vi.waitFor(() => log.record(record({ requestId: 'r-9' })), { timeout: 5000, interval: 200 })
    await log.close()
    expect(read(missing).map(line => JSON.parse(line))).toMatchObject([
      { kind: 'audit_gap' },
      { requestId: 'r-9' },
    ])
    expect((await verifyAuditChain(read(missing))).ok).toBe(true)
  })

  it('many writers at once: no line is lost or mixed up', async () => {
    const file = newFile()
    writeFileSync(file, '')
    const logs = Array.from({ length: 4 }, () =>
      createAuditLog(createNdjsonSink(file, { durability: 'written' })),
    )
    await Promise.all(
      logs.flatMap(log => Array.from({ length: 250 }, (_, i) => log.record(record({ requestId: `r-${i}` })))),
    )
    await Promise.all(logs.map(log => log.close()))
    const verified = await verifyAuditChain(read(file))
    expect(verified).toMatchObject({ ok: true, records: 1000 })
    expect(verified.chains.map(({ last }) => last)).toEqual([250, 250, 250, 250])
  })
})
