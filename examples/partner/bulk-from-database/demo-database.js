// What a partner's own database would hold: PostgreSQL inside this process, 2,000 rows of 100 orders, one of them wrong.
import { PGlite } from '@electric-sql/pglite'

export async function openDemoDatabase() {
  const database = await PGlite.create()
  await database.exec(`
    create table order_statuses (
      id int primary key,
      order_id text not null,
      status text not null,
      occurred_at timestamptz not null,
      result text, -- null: not decided yet
      problem text
    );
    insert into order_statuses
      select n, 'P-BULK-' || n % 100, case n % 2 when 0 then 'in_transit' else 'customs' end,
        timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second', null, null
      from generate_series(1, 2000) as n;
    update order_statuses set status = 'shiped' where id = 1234;
  `)
  return database
}
