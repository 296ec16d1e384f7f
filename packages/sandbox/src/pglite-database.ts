import { PGlite } from '@electric-sql/pglite'
import type { Database, Queryable } from './database.js'

/**
 * Opens PostgreSQL inside this process (WebAssembly): in memory, or kept in a folder.
 * It holds the event loop until it is closed, and one process at a time may have a folder open.
 */
export async function openPgliteDatabase(folder?: string): Promise<Database> {
  const pglite = await (folder === undefined ? PGlite.create() : PGlite.create(folder))
  return {
    query: queryWith(pglite),
    transaction: work => pglite.transaction(tx => work({ query: queryWith(tx) })),
    close: () => pglite.close(),
  }
}

function queryWith(target: Pick<PGlite, 'query'>): Queryable['query'] {
  return async <Row>(sql: string, parameters: readonly unknown[] = []) =>
    (await target.query<Row>(sql, [...parameters])).rows
}
