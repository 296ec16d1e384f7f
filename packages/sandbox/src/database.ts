/** Anything that answers SQL: the database itself, or one transaction of it. */
export interface Queryable {
  /**
   * Runs one statement. Parameters are `$1`, `$2` …; documents go in as JSON text (`$1::jsonb`).
   *
   * @returns the rows; `timestamptz` as Date, `bigint` as number or decimal text (read it with `Number`)
   */
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>
}

/** The seam between the order store and what keeps its rows: PGlite in this process, or a PostgreSQL server. */
export interface Database extends Queryable {
  /** Runs `work` in one transaction (read committed); a throw rolls it back. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** SQLSTATE classes that say "not now" rather than "never": connection, resources, operator, locks. */
const OUTAGE = /^(?:08|53|57|58|55P03|25P03)/
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])

/** Whether an error means that the database cannot be reached or cannot answer now. */
export function isDatabaseOutage(error: unknown): boolean {
  const code = sqlState(error)
  if (code !== undefined) return OUTAGE.test(code) || NETWORK.has(code)
  // pg gives these without a code.
  return (
    error instanceof Error &&
    /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|PGlite is clos)/.test(
      error.message,
    )
  )
}

/** Whether another transaction was in the way, so that the same one can succeed when it is run again. */
export function isSerializationConflict(error: unknown): boolean {
  const code = sqlState(error)
  return code === '40001' || code === '40P01'
}

function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
