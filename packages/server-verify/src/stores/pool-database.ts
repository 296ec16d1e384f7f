import type { SqlDatabase, SqlQueryable } from './sql-database.js'

/** The part of pg's `Pool` that is used. */
export interface PgPool {
  query(sql: string, parameters: unknown[]): Promise<{ rows: unknown[] }>
  connect(): Promise<PgPoolClient>
}

/** The part of pg's `PoolClient` that is used. */
export interface PgPoolClient {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'notification', listener: () => void): unknown
  off(event: string, listener: (error: Error) => void): unknown
  release(error?: Error | boolean): void
}

const RECONNECT_MS = 500

/**
 * Wraps a `Pool` of the package `pg`. Give the pool a `connectionTimeoutMillis` and a `statement_timeout`, so that a
 * database that hangs becomes an error, and with it 503. Closing the pool stays with its owner; a listener holds one
 * connection of it.
 *
 * @example
 * ```ts
 * import { createPoolDatabase } from '@countersign/server-verify/postgres'
 * import { Pool } from 'pg'
 *
 * const pool = new Pool({ connectionTimeoutMillis: 2_000, statement_timeout: 5_000 })
 * pool.on('error', () => {})
 * const database = createPoolDatabase(pool)
 * console.log(await database.query('select 1 as one'))
 * ```
 */
export function createPoolDatabase(pool: PgPool): SqlDatabase {
  return {
    query: queryWith((sql, parameters) => pool.query(sql, parameters)),
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
        // What the server answered has a severity; anything else leaves the connection in an unknown state.
        if (error instanceof Error && !('severity' in error) && 'code' in error) broken ??= error
        throw error
      } finally {
        client.off('error', onError)
        client.release(broken)
      }
    },
    listen: (channel, onMessage) => listen(pool, channel, onMessage),
  }
}

async function runTransaction<T>(client: PgPoolClient, work: (tx: SqlQueryable) => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work({ query: queryWith((sql, parameters) => client.query(sql, parameters)) })
    await client.query('commit')
    return result
  } catch (error) {
    // The first error is the one to report.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function listen(pool: PgPool, channel: string, onMessage: () => void): Promise<() => Promise<void>> {
  let stopped = false
  let retry: NodeJS.Timeout | undefined
  let drop: (() => void) | undefined

  const connect = async (): Promise<void> => {
    const client = await pool.connect()
    const release = (error?: Error): void => {
      drop = undefined
      client.off('notification', onMessage)
      client.off('end', onEnd)
      client.off('error', onEnd)
      // A broken connection may say so twice, and nobody listens to the second.
      client.on('error', () => undefined)
      client.release(error ?? true)
    }
    const onEnd = (): void => {
      release()
      connectLater()
    }
    client.on('notification', onMessage)
    client.on('error', onEnd)
    client.on('end', onEnd)
    drop = release
    try {
      await client.query(`listen "${channel.replaceAll('"', '""')}"`)
    } catch (error) {
      if (drop === release) release()
      throw error
    }
    if (stopped && drop === release) release()
  }
  const connectLater = (): void => {
    if (stopped) return
    retry = setTimeout(() => {
      // What was said meanwhile was not heard.
      connect().then(onMessage, connectLater)
    }, RECONNECT_MS).unref()
  }

  await connect()
  return async () => {
    stopped = true
    clearTimeout(retry)
    drop?.()
  }
}

function queryWith(
  run: (sql: string, parameters: unknown[]) => Promise<{ rows: unknown[] }>,
): SqlQueryable['query'] {
  return async <Row>(sql: string, parameters: readonly unknown[] = []) =>
    (await run(sql, [...parameters])).rows as Row[]
}
