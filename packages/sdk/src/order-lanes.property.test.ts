import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderLanes } from './order-lanes.js'
import { type Fate, LaneServer, type TestRow } from './testing/lane-server.js'
import { createVirtualTimers } from './testing/virtual-timers.js'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000_000)
console.log(`order-lanes.property: FC_SEED=${seed}`)

const FATES: readonly Fate[] = ['good', 'throttled', 'unavailable', 'lost before', 'lost after', 'too large']
const fates = fc.oneof(fc.constantFrom(...FATES), fc.constant<Fate>('undecided row'))

const scenario = fc.record({
  orders: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 120 }),
  fates: fc.array(fates, { maxLength: 80 }),
  latencies: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 10 }),
  delays: fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 10 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  batchSize: fc.integer({ min: 1, max: 12 }),
  maxRows: fc.integer({ min: 1, max: 20 }),
  maxAttempts: fc.constantFrom(2, 3, 1000),
  invalidEvery: fc.integer({ min: 2, max: 9 }),
  isAsync: fc.boolean(),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

async function play(plan: Scenario): Promise<void> {
  const timers = createVirtualTimers()
  const rows = plan.orders.map((order, index): TestRow => ({ orderId: `o-${order}`, eventId: `e-${index}` }))
  const isInvalid = (row: TestRow): boolean => Number(row.eventId.slice(2)) % plan.invalidEvery === 0
  let fate = 0
  let latency = 0
  let delay = 0
  const nextDelay = (): number => plan.delays[delay++ % plan.delays.length]!
  const server = new LaneServer({
    timers,
    nextFate: () => plan.fates[fate++] ?? 'good',
    latencyMs: () => plan.latencies[latency++ % plan.latencies.length]!,
    isInvalid,
    maxRows: plan.maxRows,
  })
  const lanes = new OrderLanes({
    source: plan.isAsync ? slowly(rows) : rows,
    read: (item: TestRow) => ({ item }),
    send: batch => server.receive(batch.items),
    patience: attempt =>
      attempt < plan.maxAttempts ? { delayMs: nextDelay() } : { giveUp: 'rows' as const },
    concurrency: plan.concurrency,
    batchSize: plan.batchSize,
    timers,
  })
  const outcomes = new Map<string, string>()
  for await (const outcome of lanes.run()) {
    if ('settled' in outcome) throw new Error('no row is settled without sending')
    expect(outcomes.has(outcome.item.eventId), 'one outcome a row').toBe(false)
    outcomes.set(outcome.item.eventId, 'decision' in outcome ? outcome.decision : outcome.pending)
  }

  expect(outcomes.size, 'no row is lost').toBe(rows.length)
  expect(server.overlaps, 'no order is in two batches at once').toEqual([])
  expect(server.appliedTwice).toBe(0)
  for (const orderId of new Set(rows.map(row => row.orderId))) {
    const wanted = rows.filter(row => row.orderId === orderId && !isInvalid(row)).map(row => row.eventId)
    const applied = server.applied.get(orderId) ?? []
    // A prefix: nothing is applied before, or without, what stands before it.
    expect(applied, orderId).toEqual(wanted.slice(0, applied.length))
    for (const eventId of wanted)
      if (/^(applied|replayed)$/.test(outcomes.get(eventId)!)) expect(applied).toContain(eventId)
    if (plan.maxAttempts === 1000) expect(applied, 'nothing is left over').toEqual(wanted)
  }
  for (const row of rows.filter(isInvalid))
    expect(outcomes.get(row.eventId)).not.toMatch(
      plan.maxAttempts === 1000 ? /^(?!rejected)/ : /^(applied|replayed)$/,
    )
}

async function* slowly<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const [index, row] of rows.entries()) {
    if (index % 7 === 0) await new Promise(resolve => setImmediate(resolve))
    yield row
  }
}

describe('the bulk engine against a service that fails at random', () => {
  it('loses nothing, applies nothing twice, reorders nothing', async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { seed, numRuns: 500 })
  })

  it('is judged by a simulation that sees a doubled event', async () => {
    const timers = createVirtualTimers()
    const server = new LaneServer({ timers, nextFate: () => 'good', latencyMs: () => 1, forgetful: true })
    const row = { orderId: 'o', eventId: 'e' }
    await server.receive([row])
    await server.receive([row])
    expect(server.appliedTwice).toBe(1)
    await Promise.all([server.receive([row]), server.receive([row])])
    expect(server.overlaps).toEqual(['o'])
  })
})
