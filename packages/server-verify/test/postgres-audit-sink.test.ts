// Audit records in a table: PGlite always, a PostgreSQL server where there is one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuditLog } from '../src/audit-log.js'
import type { AuditRecord } from '../src/audit-record.js'
import { verifyAuditChain } from '../src/audit-verification.js'
import {
  createPostgresAuditSink,
  postgresAuditSchema,
  readPostgresAuditLines,
} from '../src/stores/postgres-audit-sink.js'
import type { SqlQueryable } from '../src/stores/sql-database.js'
import { listDatabases, type TestDatabase } from './sql-databases.js'

const record = (requestId: string): AuditRecord => ({
  time: '2026-11-21T23:30:40.000Z',
  requestId,
  partner: 'acme',
  credential: 'acme_2026_a',
  scheme: 'hmac',
  method: 'POST',
  path: '/v1/\u0000\ud800"\\\n\u2028',
  outcome: 'accepted',
  status: null,
  latencyMs: 1e-7,
  bodySha256: null,
})

describe.each(listDatabases())('%s', (_name, open) => {
  let test: TestDatabase
  const tables: string[] = []
  const newTable = async (): Promise<string> => {
    const table = `audit_${tables.length}`
    tables.push(table)
    await test.database.query(postgresAuditSchema(table))
    await test.database.query(postgresAuditSchema(table))
    return table
  }
  beforeAll(async () => {
    test = await open()
  })
  afterAll(() => test.close())

  it('keeps the lines byte for byte, with columns that the database made of them', async () => {
    const table = await newTable()
    const log = createAuditLog(createPostgresAuditSink(test.database, { table }))
    await Promise.all(Array.from({ length: 1200 }, (_, i) => log.record(record(`r-${i}`))))
    await log.close()
    const verified = await verifyAuditChain(readPostgresAuditLines(test.database, { table }))
    expect(verified).toMatchObject({ ok: true, records: 1200 })
    const rows = await test.database.query(
      `select seq::int as seq, at, request_id, partner, credential, outcome from ${table} order by position offset 1199`,
    )
    expect(rows).toEqual([
      {
        seq: 1200,
        at: '2026-11-21T23:30:40.000Z',
        request_id: 'r-1199',
        partner: 'acme',
        credential: 'acme_2026_a',
        outcome: 'accepted',
      },
    ])
    await expect(test.database.query(`update ${table} set partner = 'other'`)).rejects.toThrow(
      /only be updated to DEFAULT/,
    )
  })

  it('an update, a deletion, and swapped rows are found', async () => {
    const table = await newTable()
    const log = createAuditLog(createPostgresAuditSink(test.database, { table }))
    for (let i = 1; i <= 9; i++) await log.record(record(`r-${i}`))
    await log.close()
    const find = async (): Promise<unknown[]> =>
      (await verifyAuditChain(readPostgresAuditLines(test.database, { table }))).problems.map(
        ({ kind, line, seq }) => [kind, line, seq],
      )
    expect(await find()).toEqual([])
    await test.database.query(
      `update ${table} set line = replace(line, '"credential":"acme', '"credential":"evil') where seq = 3`,
    )
    await test.database.query(`delete from ${table} where seq = 6`)
    expect(await find()).toEqual([
      ['edited', 3, 3],
      ['dropped', 6, 6],
    ])
    // A copy has no place; the table refuses it.
    await expect(
      test.database.query(`insert into ${table} (line) select line from ${table} where seq = 1`),
    ).rejects.toThrow(/unique/)
  })

  it('a database that fails refuses, and goes on in a new chain', async () => {
    const table = await newTable()
    let broken = false
    const database: SqlQueryable = {
      async query<Row>(sql: string, parameters?: readonly unknown[]) {
        const rows = await test.database.query<Row>(sql, parameters)
        // The statement was committed, and the connection lost before the answer.
        if (broken) throw Object.assign(new Error('Connection terminated'), { code: 'ECONNRESET' })
        return rows
      },
    }
    const log = createAuditLog(createPostgresAuditSink(database, { table, retryMs: 0 }), {
      onTrouble: () => undefined,
    })
    await log.record(record('r-1'))
    broken = true
    await expect(log.record(record('r-2'))).rejects.toMatchObject({ code: 'dependency_unavailable' })
    broken = false
    await log.record(record('r-3'))
    await log.close()
    const verified = await verifyAuditChain(readPostgresAuditLines(test.database, { table }))
    expect(verified).toMatchObject({ ok: true, chains: [{ records: 2 }, { records: 2 }] })
  })
})

it('a database that hangs has failed after a while', async () => {
  const database: SqlQueryable = { query: () => new Promise(() => undefined) }
  const log = createAuditLog(createPostgresAuditSink(database, { timeoutMs: 20 }), {
    onTrouble: () => undefined,
  })
  await expect(log.record(record('r-1'))).rejects.toMatchObject({
    status: 503,
    cause: { message: expect.stringContaining('20 ms') },
  })
})

it('a table name is no way into the statement', () => {
  for (const table of ['x; drop table y', 'A', 'a.b.c', ''])
    expect(() => postgresAuditSchema(table)).toThrow(TypeError)
})
