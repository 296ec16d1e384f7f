// The databases that the tests of stores run on: PGlite always, a real PostgreSQL where there is one (always in CI).
import { createRequire } from 'node:module'
import { Pool } from 'pg'
import { findPostgres, startPostgres } from '../../sandbox/test/temporary-postgres.js'
import { createPgliteDatabase, type Pglite } from '../src/stores/pglite-database.js'
import { createPoolDatabase } from '../src/stores/pool-database.js'
import type { SqlDatabase } from '../src/stores/sql-database.js'

/** A database of the test's own, empty. */
export interface TestDatabase {
  readonly database: SqlDatabase
  /** Another way into the same database, as another process would have it. */
  another(): SqlDatabase
  /** Of a server; undefined for PGlite. */
  readonly url: string | undefined
  close(): Promise<void>
}

// Not imported: the declarations of PGlite 0.5 do not pass `skipLibCheck: false`.
const { PGlite } = createRequire(import.meta.url)('@electric-sql/pglite') as {
  readonly PGlite: { create(): Promise<Pglite & { close(): Promise<void> }> }
}

export async function openPglite(): Promise<TestDatabase> {
  const pglite = await PGlite.create()
  return {
    database: createPgliteDatabase(pglite),
    another: () => createPgliteDatabase(pglite),
    url: undefined,
    close: () => pglite.close(),
  }
}

export async function openServer(bin: string): Promise<TestDatabase> {
  const server = await startPostgres(bin)
  const pools: Pool[] = []
  const open = (): SqlDatabase => {
    const pool = new Pool({ connectionString: server.url, connectionTimeoutMillis: 5000 })
    pool.on('error', () => undefined)
    pools.push(pool)
    return createPoolDatabase(pool)
  }
  return {
    database: open(),
    another: open,
    url: server.url,
    async close() {
      await Promise.all(pools.map(pool => pool.end()))
      server.stop()
    },
  }
}

/** Names and openers, for `describe.each`. */
export function listDatabases(): readonly (readonly [name: string, open: () => Promise<TestDatabase>])[] {
  const bin = findPostgres()
  return [
    ['PGlite', openPglite],
    ...(bin === undefined ? [] : [['PostgreSQL', () => openServer(bin)] as const]),
  ]
}
