// Why: a partner pipes an endless source into `pushStatuses`. What the client holds must not grow with the rows that went
// through it. Pushes rows to a server in another process and compares the resident memory after 50,000 rows with that
// after the last; prints the figures, and fails above 20 %.
// Usage: node benchmarks/bulk-memory.mjs [rows, default 1000000]
import { fork } from 'node:child_process'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { hmacAuth, PartnerClient } from '@countersign/sdk'

const EARLY = 50_000
const LIMIT = 1.2

if (process.argv[2] === 'server') serve()
else await measure(Number(process.argv[2] ?? 1_000_000))

/** Answers every batch with receipts, and knows nothing else. */
function serve() {
  const server = createServer((request, response) => {
    const chunks = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { items } = JSON.parse(Buffer.concat(chunks).toString())
      const results = items.map(({ eventId, orderId, status }) => ({
        eventId,
        status: 202,
        receipt: {
          eventId,
          orderId,
          effect: 'applied',
          replayed: false,
          recordedAt: '2026-11-21T23:30:41.000Z',
          currentStatus: status,
        },
      }))
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }))
    })
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
}

async function measure(total) {
  const server = fork(fileURLToPath(import.meta.url), ['server'])
  const port = await new Promise(resolve => server.once('message', resolve))
  const auth = hmacAuth({
    keyId: 'demo_acme_key1',
    secret: 'not a real one',
    environment: 'sandbox',
    api: 'orders',
  })
  const client = new PartnerClient({ baseUrl: `http://127.0.0.1:${port}`, auth, proxy: false })
  const started = performance.now()
  let done = 0
  let early = 0
  let highest = 0
  for await (const outcome of client.orders.pushStatuses(rows(total), { concurrency: 8, batchSize: 500 })) {
    if (outcome.result !== 'accepted') throw new Error(`row ${outcome.index}: ${outcome.result}`)
    done++
    if (done % EARLY !== 0) continue
    const { rss, heapUsed } = process.memoryUsage()
    if (done === EARLY) early = rss
    highest = Math.max(highest, rss)
    console.log(`${String(done).padStart(9)} rows  RSS ${megabytes(rss)}  heap ${megabytes(heapUsed)}`)
  }
  const { rss } = process.memoryUsage()
  await client.close()
  server.kill()
  const seconds = (performance.now() - started) / 1000
  const ratio = rss / early
  console.log(
    `RSS after ${done} rows: ${ratio.toFixed(2)} times that after ${EARLY} (highest: ${(highest / early).toFixed(2)}); ` +
      `${Math.round(done / seconds)} rows/s`,
  )
  if (done !== total || ratio > LIMIT) {
    console.error(`more than ${LIMIT} times: something is kept for every row`)
    process.exitCode = 1
  }
}

/** As many orders as a busy partner has, each with a few events; the source could go on for ever. */
function* rows(total) {
  for (let n = 0; n < total; n++)
    yield {
      orderId: `A-${Math.floor(n / 4)}`,
      status: 'in_transit',
      occurredAt: new Date(1_767_225_600_000 + n * 1000),
      shipment: { carrier: 'DHL', trackingNumber: String(1e11 + n) },
    }
}

function megabytes(bytes) {
  return `${(bytes / 1048576).toFixed(0).padStart(4)} MB`
}
