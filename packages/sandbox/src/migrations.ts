import type { Database } from './database.js'

interface Migration {
  readonly id: number
  readonly name: string
  /** One SQL statement each. A migration that has been released is never edited: add the next one. */
  readonly statements: readonly string[]
}

const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'orders and their events',
    statements: [
      // collate "C": rows are locked in byte order, whatever the database's language.
      `create table orders (
        environment text not null,
        order_id text collate "C" not null,
        partner_id text not null,
        arrivals integer not null default 0,
        head_event_id text,
        head_status text,
        head_occurred_at timestamptz,
        head_sequence bigint,
        head_arrival integer,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (environment, order_id)
      )`,
      `create table order_events (
        environment text not null,
        partner_id text not null,
        event_id text collate "C" not null,
        order_id text collate "C" not null,
        arrival integer not null,
        status text not null,
        occurred_at timestamptz not null,
        sequence bigint,
        superseded_by text,
        event jsonb not null,
        event_sha256 text not null,
        effect text not null,
        status_after text not null,
        recorded_at timestamptz not null,
        request_id text not null,
        credential_id text not null,
        body_sha256 text not null,
        primary key (environment, partner_id, event_id),
        unique (environment, order_id, arrival),
        foreign key (environment, order_id) references orders
      )`,
      `create index order_events_newest on order_events
        (environment, order_id, occurred_at desc, coalesce(sequence, -1) desc, arrival desc)
        where superseded_by is null`,
    ],
  },
]

/** Any fixed number will do, as long as all versions of this program use the same. */
const LOCK = 7_305_211_846

/**
 * Brings the database to the newest form; two processes that start at once do it once.
 *
 * @throws Error when a newer version of this program has already been here
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async tx => {
    await tx.query(`select pg_advisory_xact_lock(${LOCK})`)
    await tx.query(`create table if not exists countersign_migrations (
      id integer primary key, name text not null, applied_at timestamptz not null default now()
    )`)
    const rows = await tx.query<{ newest: number | null }>(
      'select max(id) as newest from countersign_migrations',
    )
    const newest = rows[0]?.newest ?? 0
    if (newest > MIGRATIONS.length)
      throw new Error(
        `The database has the form number ${newest}, this program knows ${MIGRATIONS.length}. Start a newer partner-sandbox, or choose another --data-dir or --database-url.`,
      )
    for (const { id, name, statements } of MIGRATIONS.filter(migration => migration.id > newest)) {
      for (const statement of statements) await tx.query(statement)
      await tx.query('insert into countersign_migrations (id, name) values ($1, $2)', [id, name])
    }
  })
}
