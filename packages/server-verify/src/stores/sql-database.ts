/** Anything that answers SQL: a database, or one transaction of it. */
export interface SqlQueryable {
  /**
   * Runs one statement. Parameters are `$1`, `$2` …; documents go in as JSON text (`$1::jsonb`).
   *
   * @returns the rows; `bigint` comes as number or decimal text, read it with `Number`
   */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>
}

/** A PostgreSQL: `createPoolDatabase(pool)` or `createPgliteDatabase(pglite)`. */
export interface SqlDatabase extends SqlQueryable {
  /** Runs `work` in one transaction (read committed); a throw rolls it back. */
  transaction<T>(work: (tx: SqlQueryable) => Promise<T>): Promise<T>
  /**
   * LISTEN. Messages may be lost when the connection is; it is made again in the background.
   *
   * @param channel a plain identifier
   * @returns UNLISTEN
   */
  listen(channel: string, onMessage: () => void): Promise<() => Promise<void>>
}
