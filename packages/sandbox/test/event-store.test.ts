import { performance } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../src/database.js'
import type { EventItem } from '../src/event-rules.js'
import { recordEvents } from '../src/event-store.js'
import { migrate } from '../src/migrations.js'
import { findEvent, findOrder, listEvents } from '../src/order-reader.js'
import { openPgliteDatabase } from '../src/pglite-database.js'
import { openPostgresDatabase } from '../src/postgres-database.js'
import { sampleItem } from '../src/testing/event-samples.js'
import { findPostgres, startPostgres } from './temporary-postgres.js'

const bin = findPostgres()

interface Opened {
  /** Two connections where the database has them. */
  readonly databases: readonly [Database, Database]
  stop(): Promise<void>
}

const KINDS: readonly (readonly [string, boolean, () => Promise<Opened>])[] = [
  [
    'PGlite',
    true,
    async () => {
      const database = await openPgliteDatabase()
      return { databases: [database, database], stop: () => database.close() }
    },
  ],
  [
    'PostgreSQL',
    bin !== undefined,
    async () => {
      const server = await startPostgres(bin!)
      const databases = [openPostgresDatabase(server.url), openPostgresDatabase(server.url)] as const
      return {
        databases,
        async stop() {
          await Promise.all(databases.map(database => database.close()))
          server.stop()
        },
      }
    },
  ],
]

for (const [name, present, open] of KINDS) {
  describe.skipIf(!present)(`event store on ${name}`, () => {
    let opened: Opened
    let [first, second]: Database[] = []
    beforeAll(async () => {
      opened = await open()
      ;[first, second] = opened.databases
      // Two processes may start at once.
      await Promise.all([migrate(first), migrate(second!)])
    })
    afterAll(() => opened?.stop())

    const record = (
      items: readonly EventItem[],
      { database = first!, partnerId = 'acme', undecided }: RecordOptions = {},
    ) =>
      recordEvents(database, 'sandbox', {
        partnerId,
        credentialId: 'demo_acme_1',
        requestId: 'request-1',
        bodySha256: '0'.repeat(64),
        nowMs: Date.UTC(2026, 10, 22),
        items,
        undecided,
      })
    interface RecordOptions {
      database?: Database
      partnerId?: string
      undecided?: ReadonlySet<number>
    }
    const statusOf = async (orderId: string) =>
      (await findOrder(first!, 'sandbox', 'acme', orderId))?.currentStatus
    const one = async (item: EventItem, options?: RecordOptions) =>
      (await record([item], options)).decisions[0]!

    it('keeps events for ever and answers the same event with its first receipt', async () => {
      const item = sampleItem({ orderId: 'keep', sequence: Number.MAX_SAFE_INTEGER, note: 'Grüße 🚚 "\\"' })
      expect(await one(item)).toEqual({
        kind: 'recorded',
        effect: 'applied',
        arrival: 1,
        currentStatus: 'shipped',
      })
      expect(await one(item)).toMatchObject({
        kind: 'replayed',
        effect: 'applied',
        recordedAt: '2026-11-22T00:00:00.000Z',
      })
      const reused = sampleItem({ ...item.event, note: 'changed' })
      expect(await one(reused)).toEqual({ kind: 'refused', code: 'event_id_reused' })
      expect((await findEvent(first!, 'sandbox', 'acme', item.event.eventId))?.event).toEqual({
        ...item.event,
        effect: 'applied',
        recordedAt: '2026-11-22T00:00:00.000Z',
      })
      expect(await findEvent(first!, 'sandbox', 'other', item.event.eventId)).toBeUndefined()
    })

    it('does not let a late event regress the order', async () => {
      await one(sampleItem({ orderId: 'late', status: 'delivered', occurredAt: '2026-11-21T12:00:00.000Z' }))
      expect(
        await one(sampleItem({ orderId: 'late', status: 'shipped', occurredAt: '2026-11-21T11:59:59.999Z' })),
      ).toEqual({ kind: 'recorded', effect: 'late', arrival: 2, currentStatus: 'delivered' })
      expect(await statusOf('late')).toBe('delivered')
      const events = await listEvents(first!, 'sandbox', 'late', { afterArrival: 0, limit: 10 })
      expect(events.map(({ arrival, event }) => [arrival, event.effect])).toEqual([
        [1, 'applied'],
        [2, 'late'],
      ])
    })

    it('recomputes the current status when its event is superseded, several deep and within one batch', async () => {
      const at = (minute: number) => `2026-11-21T12:0${minute}:00.000Z`
      const [a, b, c] = [
        sampleItem({ orderId: 'fix', status: 'packed', occurredAt: at(1) }),
        sampleItem({ orderId: 'fix', status: 'shipped', occurredAt: at(2) }),
        sampleItem({ orderId: 'fix', status: 'delivered', occurredAt: at(3) }),
      ]
      await record([a, b, c])
      const x = sampleItem({
        orderId: 'fix',
        status: 'accepted',
        occurredAt: at(0),
        supersedes: c.event.eventId,
      })
      const y = sampleItem({
        orderId: 'fix',
        status: 'received',
        occurredAt: at(0),
        supersedes: b.event.eventId,
      })
      expect((await record([x, y])).decisions).toEqual([
        { kind: 'recorded', effect: 'late', arrival: 4, currentStatus: 'shipped' },
        { kind: 'recorded', effect: 'late', arrival: 5, currentStatus: 'packed' },
      ])
      expect(await statusOf('fix')).toBe('packed')
      const proof = await findEvent(first!, 'sandbox', 'acme', c.event.eventId)
      expect(proof?.event.supersededBy).toBe(x.event.eventId)
    })

    it('leaves no order behind for which nothing was recorded', async () => {
      const item = sampleItem({ orderId: 'ghost', supersedes: 'evt_that_never_was' })
      expect(await one(item)).toEqual({ kind: 'refused', code: 'supersedes_invalid' })
      expect(await findOrder(first!, 'sandbox', 'acme', 'ghost')).toBeUndefined()
      expect(await one(sampleItem({ orderId: 'ghost' }), { partnerId: 'other' })).toMatchObject({
        kind: 'recorded',
      })
      expect(await one(sampleItem({ orderId: 'ghost' }))).toEqual({
        kind: 'refused',
        code: 'order_not_found',
      })
      expect(await findOrder(first!, 'sandbox', 'acme', 'ghost')).toBeUndefined()
    })

    it('holds back later items of an undecided one, of that order only', async () => {
      const items = ['u1', 'u1', 'u2', 'u1'].map(orderId => sampleItem({ orderId }))
      const { decisions } = await record(items, { undecided: new Set([1]) })
      expect(
        decisions.map(decision => (decision.kind === 'refused' ? decision.code : decision.kind)),
      ).toEqual(['recorded', 'item_undecided', 'recorded', 'earlier_item_undecided'])
      expect((await findOrder(first!, 'sandbox', 'acme', 'u1'))?.events).toBe(1)
    })

    it('lets one of many racing copies of an event be the first', async () => {
      const item = sampleItem({ orderId: 'race-same' })
      const all = await Promise.all(
        Array.from({ length: 40 }, (_, index) => one(item, { database: index % 2 ? first! : second! })),
      )
      expect(all.filter(decision => decision.kind === 'recorded')).toHaveLength(1)
      expect(all.filter(decision => decision.kind === 'replayed')).toHaveLength(39)
    })

    it('gives one event id to one of many orders that race for it, in batches of crossing order', async () => {
      const ids = ['evt_cross_0123456789', 'evt_cross_9876543210']
      const batches = Array.from({ length: 20 }, (_, index) => {
        const items = ids.map((eventId, at) => sampleItem({ eventId, orderId: `cross-${index}-${at}` }))
        return index % 2 ? items : items.reverse()
      })
      const all = await Promise.all(
        batches.map(
          async (items, index) => (await record(items, { database: index % 2 ? first! : second! })).decisions,
        ),
      )
      const decisions = all.flat()
      expect(decisions.filter(decision => decision.kind === 'recorded')).toHaveLength(2)
      expect(
        decisions.filter(decision => decision.kind === 'refused' && decision.code === 'event_id_reused'),
      ).toHaveLength(38)
    })

    it('numbers the events of one order without gap when many connections push to it', async () => {
      const items = Array.from({ length: 60 }, (_, index) =>
        sampleItem({ orderId: 'busy', occurredAt: new Date(Date.UTC(2026, 10, 1) + index).toISOString() }),
      )
      await Promise.all(items.map((item, index) => one(item, { database: index % 2 ? first! : second! })))
      const events = await listEvents(first!, 'sandbox', 'busy', { afterArrival: 0, limit: 100 })
      expect(events.map(entry => entry.arrival)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
      expect((await findOrder(first!, 'sandbox', 'acme', 'busy'))?.eventId).toBe(items[59]!.event.eventId)
    })

    it('gives a new order to one of two partners that race for it', async () => {
      const all = await Promise.all(
        ['acme', 'globex'].map((partnerId, index) =>
          one(sampleItem({ orderId: 'owned' }), { partnerId, database: opened.databases[index]! }),
        ),
      )
      expect(all.map(decision => decision.kind).sort()).toEqual(['recorded', 'refused'])
    })

    it('records a batch of 100 in a fixed number of statements', async () => {
      let statements = 0
      const counting: Database = {
        query: (sql, parameters) => first!.query(sql, parameters),
        close: () => first!.close(),
        transaction: work =>
          first!.transaction(tx =>
            work({
              query: (sql, parameters) => {
                statements++
                return tx.query(sql, parameters)
              },
            }),
          ),
      }
      const timings: number[] = []
      for (let run = 0; run < 5; run++) {
        const items = Array.from({ length: 100 }, (_, index) =>
          sampleItem({
            orderId: `bulk-${run}-${index % 40}`,
            shipment: { carrier: 'DHL', trackingNumber: '1' },
          }),
        )
        statements = 0
        const start = performance.now()
        await record(items, { database: counting })
        timings.push(performance.now() - start)
        expect(statements).toBeLessThanOrEqual(7)
      }
      console.log(`${name}: 100 events in ${timings.map(ms => ms.toFixed(1)).join(', ')} ms`)
    })
  })
}
