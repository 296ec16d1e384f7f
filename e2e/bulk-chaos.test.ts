// 16,000 rows through the bulk engine against a sandbox that throttles, fails, and loses answers after it applied them.
import { hmacAuth, type OrderStatusEvent, PartnerClient } from '@countersign/sdk'
import { expect, it } from 'vitest'
import { createTemporaryFolder, type Ready, startSandboxProcess } from './sandbox-process.js'

const ROWS = 16_000
const ORDERS = 400
const START = Date.UTC(2026, 0, 1)

const connect = ({ url, environment, api, hmac }: Ready): PartnerClient =>
  new PartnerClient({ baseUrl: url, auth: hmacAuth({ ...hmac, environment, api }), proxy: false })

/** The nth row is event `floor(n / ORDERS)` of its order, one second after the one before. */
function* rows(): Generator<OrderStatusEvent> {
  for (let n = 0; n < ROWS; n++)
    yield {
      orderId: `A-${n % ORDERS}`,
      status: n % 3 === 0 ? 'in_transit' : 'customs',
      occurredAt: new Date(START + n * 1000),
      note: `event ${Math.floor(n / ORDERS)}`,
    }
}

it('loses nothing, applies nothing twice and reorders nothing, whatever goes wrong on the way', async () => {
  const folder = createTemporaryFolder()
  const data = ['--data-dir', `${folder.path}/data`]
  try {
    const chaos = ['--chaos', '429=0.02,503=0.02,lost=0.03,item503=0.001,seed=11']
    const wild = await startSandboxProcess(folder.path, [...data, ...chaos])
    const client = connect(wild.ready)
    const counts = { accepted: 0, replayed: 0, late: 0, other: 0 }
    try {
      for await (const outcome of client.orders.pushStatuses(rows(), { concurrency: 8, batchSize: 50 })) {
        if (outcome.result !== 'accepted') counts.other++
        else {
          counts.accepted++
          if (outcome.receipt.replayed) counts.replayed++
          if (outcome.receipt.effect === 'late') counts.late++
        }
      }
    } finally {
      await client.close()
      await wild.stop()
    }
    expect(counts).toMatchObject({ accepted: ROWS, other: 0 })
    // Some answers were lost after the events had been applied: the same events came again and were recognised.
    expect(counts.replayed).toBeGreaterThan(0)

    const calm = await startSandboxProcess(folder.path, data)
    const reader = connect(calm.ready)
    const found = { lost: 0, double: 0, reordered: 0 }
    try {
      const check = async (order: number): Promise<void> => {
        const notes: string[] = []
        for await (const event of reader.orders.history(`A-${order}`)) notes.push(event.note ?? '')
        const numbers = notes.map(note => Number(note.slice('event '.length)))
        found.double += numbers.length - new Set(numbers).size
        found.lost += ROWS / ORDERS - new Set(numbers).size
        found.reordered += numbers.filter((number, place) => place > 0 && number < numbers[place - 1]!).length
      }
      for (let order = 0; order < ORDERS; order += 10)
        await Promise.all(Array.from({ length: 10 }, (_, n) => check(order + n)))
    } finally {
      await reader.close()
      await calm.stop()
    }
    console.log(`${ROWS} rows, chaos 2 %/2 %/3 %: ${JSON.stringify({ ...counts, ...found })}`)
    expect(found).toEqual({ lost: 0, double: 0, reordered: 0 })
    expect(counts.late).toBe(0)
  } finally {
    folder.remove()
  }
}, 120_000)
