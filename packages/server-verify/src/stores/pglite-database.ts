import type { SqlDatabase, SqlQueryable } from './sql-database.js'

/** The part of a transaction of PGlite that is used. */
export interface PgliteQueryable {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>
}

/** The part of PGlite that is used. */
export interface Pglite extends PgliteQueryable {
  transaction<T>(work: (tx: PgliteQueryable) => Promise<T>): Promise<T>
  listen(channel: string, onMessage: () => void): Promise<() => Promise<void>>
}

/**
 * Wraps a PGlite, PostgreSQL inside this process: for tests and development.
 *
 * @example
 * ```ts
 * import { createPgliteDatabase, type Pglite } from '@countersign/server-verify/postgres'
 *
 * declare const pglite: Pglite // await PGlite.create()
 * const database = createPgliteDatabase(pglite)
 * console.log(await database.query('select 1 as one'))
 * ```
 */
export function createPgliteDatabase(pglite: Pglite): SqlDatabase {
  return {
    query: queryWith(pglite),
    transaction: work => pglite.transaction(tx => work({ query: queryWith(tx) })),
    listen: (channel, onMessage) => pglite.listen(channel, onMessage),
  }
}

function queryWith(target: PgliteQueryable): SqlQueryable['query'] {
  return async <Row>(sql: string, parameters: readonly unknown[] = []) =>
    (await target.query(sql, [...parameters])).rows as Row[]
}
