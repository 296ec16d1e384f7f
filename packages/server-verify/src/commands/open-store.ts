import type { CredentialRegistry } from '../credential-registry.js'
import type { SecretBox } from '../secret-box.js'
import { createFileCredentialStore } from '../stores/file-credential-store.js'
import type { SqlDatabase } from '../stores/sql-database.js'
import { CommandError } from './command-error.js'
import { EXIT } from './exit-code.js'
import { present, type World } from './world.js'

const NEXT = 'give --store file:PATH or --store postgres://HOST/DATABASE, or set COUNTERSIGN_STORE'

/** A database, and how to let go of it. */
export interface OpenDatabase {
  readonly database: SqlDatabase
  close(): Promise<void>
}

/**
 * Opens the store of `--store` or `COUNTERSIGN_STORE`: `file:PATH`, `postgres://…`.
 *
 * @throws CommandError `store_unknown` (exit 2)
 */
export async function openStore(
  env: World['env'],
  flag: string | undefined,
  secrets: SecretBox | undefined,
): Promise<CredentialRegistry> {
  const store = findStore(env, flag)
  if (store.startsWith('file:'))
    return createFileCredentialStore({ path: store.slice('file:'.length), secrets })
  const { createPostgresCredentialStore } = await import('../stores/postgres-credential-store.js')
  const { database, close } = await openDatabase(store)
  return Object.assign(createPostgresCredentialStore({ database, secrets }), { close })
}

/** @throws CommandError `store_unknown` (exit 2) */
export function findStore(env: World['env'], flag: string | undefined): string {
  const store = flag ?? present(env['COUNTERSIGN_STORE'])
  if (store === undefined) throw unknown('No credential store was named.')
  if (/^file:.+/.test(store)) return store
  if (!/^postgres(?:ql)?:\/\//.test(store) || !URL.canParse(store))
    throw unknown('The store is neither file:PATH nor postgres://….')
  if (flag !== undefined && new URL(flag).password !== '')
    throw new CommandError('usage', EXIT.usage, 'A password does not belong into --store.', {
      next: 'the process list and the shell history show it: use COUNTERSIGN_STORE, PGPASSWORD or ~/.pgpass',
    })
  return store
}

/** @throws CommandError `pg_missing` (exit 2) */
export async function openDatabase(url: string, connections: number = 2): Promise<OpenDatabase> {
  const { Pool } = await import('pg').catch(error => {
    throw new CommandError('pg_missing', EXIT.usage, 'The package pg is not installed.', {
      next: 'npm install pg',
      cause: error,
    })
  })
  const { createPoolDatabase } = await import('../stores/pool-database.js')
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'server-verify',
    connectionTimeoutMillis: 5_000,
    statement_timeout: 15_000,
  })
  // A connection that breaks while it is idle is told by the next query.
  pool.on('error', () => undefined)
  return { database: createPoolDatabase(pool), close: () => pool.end() }
}

function unknown(message: string): CommandError {
  return new CommandError('store_unknown', EXIT.usage, message, { next: NEXT })
}
