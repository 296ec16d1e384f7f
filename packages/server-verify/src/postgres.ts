export { migrateCredentialTables } from './stores/migrations/migrate.js'
export {
  createPgliteDatabase,
  type Pglite,
  type PgliteQueryable,
} from './stores/pglite-database.js'
export { createPoolDatabase, type PgPool, type PgPoolClient } from './stores/pool-database.js'
export {
  createPostgresAuditSink,
  type PostgresAuditOptions,
  postgresAuditSchema,
  readPostgresAuditLines,
} from './stores/postgres-audit-sink.js'
export {
  createPostgresCredentialStore,
  type PostgresCredentialStoreOptions,
} from './stores/postgres-credential-store.js'
export {
  createPostgresInvalidation,
  type PostgresInvalidationOptions,
} from './stores/postgres-invalidation.js'
export type { SqlDatabase, SqlQueryable } from './stores/sql-database.js'
