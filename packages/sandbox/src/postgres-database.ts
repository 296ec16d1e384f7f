import { Pool, type PoolClient } from 'pg'
import type { Database, Queryable } from './database.js'

/**
 * Opens a PostgreSQL server.
 *
 * @param url `postgres://user@host:5432/database`; as of libpq, `PGPASSWORD` and `~/.pgpass` give the password
 */
export function openPostgresDatabase(url: string): Database {
  const pool = new Pool({
    connectionString: url,
    max: 10,
    application_name: 'partner-sandbox',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
    lock_timeout: 5_000,
  })
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  return {
    query: queryWith(pool),
    async transaction(work) {
      const client = await pool.connect()
      let broken: Error | undefined
      const onError = (error: Error): void => {
        broken = error
      }
      client.on('error', onError)
      try {
        return await runTransaction(client, work)
      } catch (error) {
        if (error instanceof Error && !('severity' in error)) broken ??= error
        throw error
      } finally {
        client.off('error', onError)
        client.release(broken)
      }
    },
    close: () => pool.end(),
  }
}

async function runTransaction<T>(client: PoolClient, work: (tx: Queryable) => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work({ query: queryWith(client) })
    await client.query('commit')
    return result
  } catch (error) {
    // The first error is the one to report; a connection that cannot even roll back is dropped by the caller.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

function queryWith(target: Pick<Pool, 'query'> | PoolClient): Queryable['query'] {
  return async <Row>(sql: string, parameters: readonly unknown[] = []) =>
    (await target.query(sql, [...parameters])).rows as Row[]
}
