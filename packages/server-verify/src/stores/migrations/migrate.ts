import { CredentialError } from '../../credential-error.js'
import type { SqlDatabase } from '../sql-database.js'
import { CREDENTIALS } from './001-credentials.js'

/** One step from one form of the tables to the next. */
export interface Migration {
  readonly id: number
  readonly name: string
  /** One SQL statement each. A migration that has been released is never edited: add the next one. */
  readonly statements: readonly string[]
}

const MIGRATIONS: readonly Migration[] = [CREDENTIALS]

/** Any fixed number will do, as long as all versions of this program use the same. */
const LOCK = 7_305_211_847

/**
 * Makes the tables of the credential store, or brings them to the newest form. Two processes that start at once do it
 * once. It takes the rights to create tables; the service itself does well without them.
 *
 * @throws CredentialError `store_newer`: a newer version of this program has already been here
 *
 * @example
 * ```ts
 * import { migrateCredentialTables, type SqlDatabase } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * await migrateCredentialTables(database)
 * ```
 */
export async function migrateCredentialTables(database: SqlDatabase): Promise<void> {
  await database.transaction(async tx => {
    await tx.query(`select pg_advisory_xact_lock(${LOCK})`)
    await tx.query(`create table if not exists countersign_credential_migrations (
      id integer primary key, name text not null, applied_at timestamptz not null default now()
    )`)
    const rows = await tx.query<{ newest: number | null }>(
      'select max(id) as newest from countersign_credential_migrations',
    )
    const newest = rows[0]?.newest ?? 0
    if (newest > MIGRATIONS.length)
      throw new CredentialError(
        'store_newer',
        `The tables of the credential store have the form number ${newest}, this version knows ${MIGRATIONS.length}.`,
      )
    for (const { id, name, statements } of MIGRATIONS.filter(migration => migration.id > newest)) {
      for (const statement of statements) await tx.query(statement)
      await tx.query('insert into countersign_credential_migrations (id, name) values ($1, $2)', [id, name])
    }
  })
}
