// 2,000 rows from a database cursor, pushed in batches over several lanes; what became of each is written back as it is
// known. A run after a crash goes on with the rows that have no result, and what was recorded already is recognised.
//   PARTNER_BASE_URL=… PARTNER_KEY_ID=… PARTNER_SECRET=… node examples/partner/bulk-from-database/main.js
import { hmacAuth, PartnerClient, secretFromEnvironment } from '@countersign/sdk'
import { openDemoDatabase } from './demo-database.js'

const { PARTNER_BASE_URL, PARTNER_KEY_ID, PARTNER_ENVIRONMENT = 'live', PARTNER_API = 'orders' } = process.env
const database = await openDemoDatabase()
const client = new PartnerClient({
  baseUrl: PARTNER_BASE_URL,
  auth: hmacAuth({
    keyId: PARTNER_KEY_ID,
    secret: secretFromEnvironment('PARTNER_SECRET'),
    environment: PARTNER_ENVIRONMENT,
    api: PARTNER_API,
  }),
})

/** The ids of the rows under way, by their place in the input: at most 2 · concurrency · batchSize of them. */
const idsByIndex = new Map()

/** Reads as fast as the push consumes, 200 rows at a time; the order of events is that of the table. */
async function* readRows() {
  await database.query(`declare unsent cursor with hold for
    select id, order_id, status, occurred_at from order_statuses where result is null order by id`)
  let index = 0
  while (true) {
    const { rows } = await database.query('fetch 200 from unsent')
    if (rows.length === 0) break
    for (const { id, order_id: orderId, status, occurred_at: occurredAt } of rows) {
      idsByIndex.set(index++, id)
      yield { orderId, status, occurredAt }
    }
  }
  await database.query('close unsent')
}

/** One statement for many rows. A pending row keeps no result: the next run pushes it again. */
async function writeBack(outcomes) {
  const settled = outcomes
    .filter(({ result }) => result !== 'pending')
    .map(({ index, result, problem }) => ({ id: idsByIndex.get(index), result, problem: problem?.detail }))
  for (const { index } of outcomes) idsByIndex.delete(index)
  await database.query(
    `update order_statuses set result = settled.result, problem = settled.problem
      from jsonb_to_recordset($1) as settled (id int, result text, problem text) where order_statuses.id = settled.id`,
    [JSON.stringify(settled)],
  )
}

const counts = { accepted: 0, rejected: 0, duplicate: 0, pending: 0 }
for await (const { result } of client.orders.pushStatuses(readRows(), { onSettled: writeBack }))
  counts[result]++
await client.close()
const { rows: rejected } = await database.query(`select * from order_statuses where result = 'rejected'`)
await database.close()
for (const { id, problem } of rejected) console.log(`row ${id}: ${problem}`)
console.log(`${counts.accepted} accepted, ${counts.rejected} rejected, ${counts.pending} pending`)
if (counts.pending > 0) process.exitCode = 1
