import { randomBytes } from 'node:crypto'
import type { Credential } from '../credential.js'
import { amendRecord, createEvent, mayTakePlaceOf } from '../credential-change.js'
import {
  CredentialError,
  createExistsError,
  createReusedError,
  createUnknownError,
} from '../credential-error.js'
import {
  type CredentialRecord,
  createFingerprintKey,
  describeCredential,
  openCredential,
  rewrapCredential,
  rewrapFingerprintKey,
  sealCredential,
} from '../credential-record.js'
import type { CredentialChange, CredentialEvent, CredentialRegistry } from '../credential-registry.js'
import { parseCredentialRecord, parseSealedSecret } from '../parse-credential-record.js'
import type { SealedSecret, SecretBox } from '../secret-box.js'
import { SecretBoxError } from '../secret-box-error.js'
import { type HistoryRow, insertEvents, toEvent } from './credential-history-table.js'
import type { SqlDatabase, SqlQueryable } from './sql-database.js'

/** Options of {@link createPostgresCredentialStore}. */
export interface PostgresCredentialStoreOptions {
  readonly database: SqlDatabase
  /** Opens and seals HMAC secrets. Without it those of the store cannot be used; see {@link CredentialRegistry}. */
  readonly secrets?: SecretBox | undefined
}

/** The channel on which a commit is announced. */
export const CREDENTIAL_CHANNEL = 'countersign_credentials'

const MAX_CHANGED = 1000
const REWRAP_BATCH = 100

/**
 * A store in PostgreSQL, for any number of processes. The tables are made by `migrateCredentialTables`. Each look-up is
 * a query: put `createCachedCredentialStore` in front of it.
 *
 * @example
 * ```ts
 * import { createSecretBox, readKeyEncryptionKeys } from '@countersign/server-verify'
 * import { createPostgresCredentialStore, type SqlDatabase } from '@countersign/server-verify/postgres'
 *
 * declare const database: SqlDatabase
 * const credentials = createPostgresCredentialStore({
 *   database,
 *   secrets: createSecretBox({ keys: await readKeyEncryptionKeys('/etc/countersign/kek') }),
 * })
 * console.log(await credentials.list({ partnerId: 'acme' }))
 * ```
 */
export function createPostgresCredentialStore(options: PostgresCredentialStoreOptions): CredentialRegistry {
  return new PostgresCredentialStore(options)
}

class PostgresCredentialStore implements CredentialRegistry {
  readonly #database: SqlDatabase
  readonly #secrets: SecretBox | undefined

  constructor({ database, secrets }: PostgresCredentialStoreOptions) {
    this.#database = database
    this.#secrets = secrets
  }

  async findByKeyId(keyId: string): Promise<Credential | undefined> {
    const record = await this.#find(keyId)
    if (record?.kind === 'hmac') return openCredential(record, this.#requireSecrets())
    return record && Object.freeze({ ...record })
  }

  async describe(keyId: string): ReturnType<CredentialRegistry['describe']> {
    const record = await this.#find(keyId)
    return record && describeCredential(record)
  }

  async list(filter: Parameters<CredentialRegistry['list']>[0] = {}): ReturnType<CredentialRegistry['list']> {
    const { partnerId = null, environment = null, state = null } = filter
    const rows = await ask<{ record: unknown }>(
      this.#database,
      `select record from countersign_credentials
        where ($1::text is null or partner_id = $1) and ($2::text is null or environment = $2)
          and ($3::text is null or state = $3)
        order by partner_id, created_at, key_id`,
      [partnerId, environment, state],
    )
    return rows.map(({ record }) => describeCredential(parseCredentialRecord(record)))
  }

  async history(keyId?: string): Promise<readonly CredentialEvent[]> {
    const rows = await ask<HistoryRow>(
      this.#database,
      `select * from countersign_credential_history where $1::text is null or key_id = $1 order by revision, step`,
      [keyId ?? null],
    )
    return rows.map(toEvent)
  }

  async changesSince(revision: number | undefined): ReturnType<CredentialRegistry['changesSince']> {
    // One statement, so that revision and key ids are of one moment.
    const [row] = await ask<{ revision: number | string; key_ids: readonly string[] }>(
      this.#database,
      `select revision, coalesce((
          select jsonb_agg(key_id) from (
            select distinct key_id from countersign_credential_history
              where revision > $1 and key_id is not null limit ${MAX_CHANGED + 1}
          ) changed), '[]') as key_ids
        from countersign_credential_state`,
      [revision ?? Number.MAX_SAFE_INTEGER],
    )
    const newest = readRevision(row)
    const isKnown = revision !== undefined && revision <= newest && row!.key_ids.length <= MAX_CHANGED
    return { revision: newest, keyIds: isKnown ? row!.key_ids : undefined }
  }

  async commit(...[changes, note]: Parameters<CredentialRegistry['commit']>): Promise<void> {
    await this.#change(async (tx, revision, fingerprintKey) => {
      let key = fingerprintKey
      for (const change of changes) {
        if (change.type !== 'add') await amend(tx, change)
        else {
          if (change.credential.kind === 'hmac')
            key ??= await createFingerprintKey(this.#requireSecrets(), randomBytes(32))
          await insert(tx, await this.#seal(change.credential, key))
        }
      }
      const events = changes.map(change => createEvent(change, note, revision))
      return { events, fingerprintKey: key }
    })
  }

  async rewrap({ actor, at }: Parameters<CredentialRegistry['rewrap']>[0]): Promise<number> {
    const secrets = this.#requireSecrets()
    let count = 0
    // In small transactions: a key management service may be slow, and look-ups and revocations go on meanwhile.
    for (let batch = -1; batch !== 0; count += Math.max(batch, 0))
      batch = await this.#database.transaction(tx => rewrapBatch(tx, secrets))
    await this.#change(async (_tx, revision, before) => {
      const fingerprintKey = before && (await rewrapFingerprintKey(before, secrets))
      if (count === 0 && fingerprintKey === before) return undefined
      const reason = `${count} under ${secrets.currentKeyId}`
      const event = { revision, keyId: null, change: 'rewrap', action: 'rewrap', actor, reason, at } as const
      return { events: [event], fingerprintKey }
    })
    return count
  }

  async close(): Promise<void> {}

  async #find(keyId: string): Promise<CredentialRecord | undefined> {
    const [row] = await ask<{ record: unknown }>(
      this.#database,
      'select record from countersign_credentials where key_id = $1',
      [keyId],
    )
    return row && parseCredentialRecord(row.record)
  }

  async #seal(credential: Credential, key: SealedSecret | undefined): Promise<CredentialRecord> {
    return credential.kind === 'hmac' ? sealCredential(credential, this.#requireSecrets(), key!) : credential
  }

  /** Takes the row of the revision first: commits come one after the other, and are seen in that order. */
  async #change(
    work: (
      tx: SqlQueryable,
      revision: number,
      fingerprintKey: SealedSecret | undefined,
    ) => Promise<
      { events: readonly CredentialEvent[]; fingerprintKey: SealedSecret | undefined } | undefined
    >,
  ): Promise<void> {
    await explained(() =>
      this.#database.transaction(async tx => {
        const [row] = await tx.query<{ revision: number | string; fingerprint_key: unknown }>(
          'select revision, fingerprint_key from countersign_credential_state for update',
        )
        const revision = readRevision(row) + 1
        const before =
          row!.fingerprint_key === null
            ? undefined
            : parseSealedSecret(row!.fingerprint_key, 'fingerprint_key')
        const done = await work(tx, revision, before)
        if (done === undefined) return
        await insertEvents(tx, done.events)
        await tx.query('update countersign_credential_state set revision = $1, fingerprint_key = $2::jsonb', [
          revision,
          done.fingerprintKey === undefined ? null : JSON.stringify(done.fingerprintKey),
        ])
        await tx.query('select pg_notify($1, $2)', [CREDENTIAL_CHANNEL, String(revision)])
      }),
    )
  }

  #requireSecrets(): SecretBox {
    if (this.#secrets !== undefined) return this.#secrets
    throw new SecretBoxError(
      'key_encryption_key_missing',
      'The HMAC secrets of this store can be used with a key-encryption key only.',
    )
  }
}

async function insert(tx: SqlQueryable, record: CredentialRecord): Promise<void> {
  const text = JSON.stringify(record)
  parseCredentialRecord(JSON.parse(text))
  const [existing] = await tx.query<{ record: unknown }>(
    'select record from countersign_credentials where key_id = $1 for update',
    [record.keyId],
  )
  if (existing !== undefined) {
    if (!mayTakePlaceOf(parseCredentialRecord(existing.record), record)) throw createExistsError(record.keyId)
    await update(tx, record)
    return
  }
  try {
    await tx.query('insert into countersign_credentials (record) values ($1::jsonb)', [text])
  } catch (error) {
    // Commits come one after the other, so only the secret can be one that is there already.
    if ((Object(error) as { code?: unknown }).code !== '23505') throw error
    throw createReusedError(record.keyId)
  }
}

async function amend(
  tx: SqlQueryable,
  change: Exclude<CredentialChange, { readonly type: 'add' }>,
): Promise<void> {
  const [row] = await tx.query<{ record: unknown }>(
    'select record from countersign_credentials where key_id = $1 for update',
    [change.keyId],
  )
  if (row === undefined) throw createUnknownError(change.keyId)
  await update(tx, amendRecord(parseCredentialRecord(row.record), change))
}

async function rewrapBatch(tx: SqlQueryable, secrets: SecretBox): Promise<number> {
  const rows = await tx.query<{ record: unknown }>(
    `select record from countersign_credentials where key_encryption_key <> $1
      order by key_id limit ${REWRAP_BATCH} for update`,
    [secrets.currentKeyId],
  )
  for (const { record } of rows)
    await update(tx, await rewrapCredential(parseCredentialRecord(record), secrets))
  return rows.length
}

async function update(tx: SqlQueryable, record: CredentialRecord): Promise<void> {
  await tx.query('update countersign_credentials set record = $2::jsonb where key_id = $1', [
    record.keyId,
    JSON.stringify(record),
  ])
}

function readRevision(row: { readonly revision: number | string } | undefined): number {
  if (row === undefined)
    throw new CredentialError('store_invalid', 'The credential tables have lost their revision.')
  return Number(row.revision)
}

function ask<Row>(
  database: SqlQueryable,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly Row[]> {
  return explained(() => database.query<Row>(sql, parameters))
}

async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // undefined_table
    if ((Object(error) as { code?: unknown }).code !== '42P01') throw error
    throw new CredentialError('store_outdated', 'The database has no credential tables yet.', error)
  }
}
