import type { RevisedCredentialStore } from '../credential-registry.js'
import type { CredentialInvalidation } from '../invalidation.js'
import { createRevisionInvalidation, type RevisionInvalidationOptions } from '../revision-invalidation.js'
import { CREDENTIAL_CHANNEL } from './postgres-credential-store.js'
import type { SqlDatabase } from './sql-database.js'

/** Options of {@link createPostgresInvalidation}. */
export interface PostgresInvalidationOptions extends Omit<RevisionInvalidationOptions, 'listen' | 'source'> {
  readonly database: SqlDatabase
  /** The PostgreSQL store. */
  readonly source: RevisedCredentialStore
}

/**
 * Learns what changed in a PostgreSQL store: at once by LISTEN, and, since messages can be lost, by asking for the
 * revision every `pollMs` (500).
 *
 * @example
 * ```ts
 * import { createCachedCredentialStore } from '@countersign/server-verify'
 * import {
 *   createPostgresCredentialStore,
 *   createPostgresInvalidation,
 *   type SqlDatabase,
 * } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * const source = createPostgresCredentialStore({ database })
 * const invalidation = createPostgresInvalidation({ database, source })
 * const credentials = createCachedCredentialStore({ source, invalidation })
 * console.log(await credentials.findByKeyId('acme_2026_a'))
 * ```
 */
export function createPostgresInvalidation(options: PostgresInvalidationOptions): CredentialInvalidation {
  const { database, ...others } = options
  return createRevisionInvalidation({
    ...others,
    listen: onHint => database.listen(CREDENTIAL_CHANNEL, onHint),
  })
}
