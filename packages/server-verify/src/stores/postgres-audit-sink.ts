import type { AuditSink } from '../audit-sink.js'
import { LineBatches } from '../line-batches.js'
import type { SqlQueryable } from './sql-database.js'

/** How records are written to PostgreSQL. */
export interface PostgresAuditOptions {
  /** Name of the table, as SQL. Default `countersign_audit`. */
  readonly table?: string | undefined
  /** The most records of one statement. Default 500. */
  readonly batch?: number | undefined
  /** A statement that takes longer has failed, ms. Default 5000. */
  readonly timeoutMs?: number | undefined
  /** After a failure no statement is tried for so long, ms. Default 1000. */
  readonly retryMs?: number | undefined
}

const TABLE = 'countersign_audit'
const PAGE = 1000

/**
 * The table's definition. The line is kept as it was written, because the chain is over its bytes; the other columns
 * are computed from it by the database, so that they cannot say anything else. The service's role needs `insert`, and
 * must have neither `update` nor `delete`.
 *
 * @example
 * ```ts
 * import { postgresAuditSchema, type SqlDatabase } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * await database.query(postgresAuditSchema())
 * ```
 */
export function postgresAuditSchema(table: string = TABLE): string {
  // By a regular expression and not as JSON: PostgreSQL refuses JSON with \u0000 in it, and a stranger's path may hold
  // that. A quote inside a value is escaped, so no value can look like a member.
  const column = (name: string, member: string): string =>
    `${name} text generated always as (substring(line from '"${member}":"((?:[^"\\\\]|\\\\.)*)"')) stored`
  return `create table if not exists ${assertName(table)} (
  position bigint generated always as identity primary key,
  line text not null,
  ${column('chain', 'chain')},
  seq bigint generated always as (substring(line from '"seq":([0-9]+)')::bigint) stored,
  ${column('at', 'time')},
  ${column('request_id', 'requestId')},
  ${column('partner', 'partner')},
  ${column('credential', 'credential')},
  ${column('outcome', 'outcome')},
  unique (chain, seq)
)`
}

/**
 * Writes records to a table ({@link postgresAuditSchema}). A record counts as written when its statement is committed;
 * requests that come meanwhile share the next statement.
 *
 * @throws TypeError a table name that is no plain identifier
 *
 * @example
 * ```ts
 * import { createAuditLog } from '@countersign/server-verify'
 * import { createPostgresAuditSink, type SqlDatabase } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * const audit = createAuditLog(createPostgresAuditSink(database))
 * await audit.close()
 * ```
 */
export function createPostgresAuditSink(
  database: SqlQueryable,
  options: PostgresAuditOptions = {},
): AuditSink {
  const table = assertName(options.table ?? TABLE)
  // Lines go in as one JSON document: no client needs to know how an array is written.
  const insert = `insert into ${table} (line)
    select value from jsonb_array_elements_text($1::jsonb) with ordinality as lines (value, place) order by place`
  const batches = new LineBatches({
    write: async lines => {
      await database.query(insert, [JSON.stringify(lines)])
    },
    buffer: 0,
    maxLines: options.batch ?? 500,
    retryMs: options.retryMs ?? 1000,
    timeoutMs: options.timeoutMs ?? 5000,
  })
  return {
    write: (_entry, line, durable) => batches.add(line, durable),
    close: () => batches.settled(),
  }
}

/**
 * Reads the lines back in the order in which they were written, page by page, for `verifyAuditChain`.
 *
 * @throws TypeError a table name that is no plain identifier
 *
 * @example
 * ```ts
 * import { verifyAuditChain } from '@countersign/server-verify'
 * import { readPostgresAuditLines, type SqlDatabase } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * const { problems } = await verifyAuditChain(readPostgresAuditLines(database))
 * console.log(problems)
 * ```
 */
export async function* readPostgresAuditLines(
  database: SqlQueryable,
  { table = TABLE }: { readonly table?: string | undefined } = {},
): AsyncGenerator<string> {
  const select = `select position::text as place, line from ${assertName(table)}
    where position > $1::bigint order by position limit ${PAGE}`
  let position = '0'
  for (;;) {
    const rows = await database.query<{ readonly place: string; readonly line: string }>(select, [position])
    for (const row of rows) {
      position = row.place
      yield row.line
    }
    if (rows.length < PAGE) return
  }
}

function assertName(table: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}(?:\.[a-z_][a-z0-9_]{0,62})?$/.test(table))
    throw new TypeError('The audit table must be named table or schema.table, in lower case.')
  return table
}
