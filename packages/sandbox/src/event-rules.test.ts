import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideItems, type EventItem, type Knowledge } from './event-rules.js'
import { ORDER_STATUSES } from './order-status.js'
import { sampleItem } from './testing/event-samples.js'

const RECORDED_AT = '2026-11-22T00:00:00.000Z'
const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute)).toISOString()
const newOrders = (items: readonly EventItem[]): Knowledge => ({
  partnerId: 'acme',
  recordedAt: RECORDED_AT,
  orders: new Map(items.map(({ event }) => [event.orderId, { ownerId: 'acme', arrivals: 0, newest: [] }])),
  events: new Map(),
})
const decide = (items: readonly EventItem[], changes: Partial<Knowledge> = {}) =>
  decideItems(items, { ...newOrders(items), ...changes })

describe('decideItems', () => {
  it('has the same current status whatever the order of arrival', () => {
    const events = fc.uniqueArray(
      fc.record({
        minute: fc.nat(5),
        sequence: fc.option(fc.nat(3), { nil: undefined }),
        status: fc.constantFrom(...ORDER_STATUSES),
      }),
      // Events that tie in both are ordered by arrival, on purpose.
      { selector: event => `${event.minute}/${event.sequence ?? -1}`, minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(
        events.chain(list =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([list, shuffled]) => {
          const [a, b] = [list, shuffled].map(order =>
            decide(
              order.map(({ minute, sequence, status }) =>
                sampleItem({
                  occurredAt: at(minute),
                  status,
                  ...(sequence === undefined ? {} : { sequence }),
                }),
              ),
            ),
          )
          const { status, occurredAtMs, sequence } = a!.heads.get('A-1')!.head
          expect(b!.heads.get('A-1')!.head).toMatchObject({ status, occurredAtMs, sequence })
        },
      ),
    )
  })

  it('decides a list as it decides its parts one after the other', () => {
    const items = [
      sampleItem({ occurredAt: at(3), status: 'delivered' }),
      sampleItem({ occurredAt: at(1), status: 'packed' }),
      sampleItem({ occurredAt: at(3), status: 'delivered', sequence: 1 }),
      sampleItem({ occurredAt: at(4), status: 'returned' }),
    ]
    expect(decide(items).decisions).toEqual([
      { kind: 'recorded', effect: 'applied', arrival: 1, currentStatus: 'delivered' },
      { kind: 'recorded', effect: 'late', arrival: 2, currentStatus: 'delivered' },
      { kind: 'recorded', effect: 'no_change', arrival: 3, currentStatus: 'delivered' },
      { kind: 'recorded', effect: 'applied', arrival: 4, currentStatus: 'returned' },
    ])
  })

  it('gives the event that arrived last the word among equals', () => {
    const items = ['packed', 'shipped', 'packed'].map(status => sampleItem({ status: status as 'packed' }))
    expect(
      decide(items).decisions.map(decision => decision.kind === 'recorded' && decision.currentStatus),
    ).toEqual(['packed', 'shipped', 'packed'])
  })

  it('knows an event of the same list again', () => {
    const item = sampleItem()
    const other = sampleItem({ ...item.event, note: 'x' })
    expect(decide([item, item, other]).decisions.slice(1)).toEqual([
      { kind: 'replayed', effect: 'applied', recordedAt: RECORDED_AT, currentStatus: 'shipped' },
      { kind: 'refused', code: 'event_id_reused' },
    ])
  })

  it('takes a superseded event out, and what it had superseded stays out', () => {
    const a = sampleItem({ occurredAt: at(1), status: 'packed' })
    const b = sampleItem({ occurredAt: at(3), status: 'delivered', supersedes: a.event.eventId })
    const c = sampleItem({ occurredAt: at(2), status: 'shipped', supersedes: b.event.eventId })
    expect(decide([a, b, c]).heads.get('A-1')).toMatchObject({ head: { status: 'shipped' }, arrivals: 3 })
  })

  it('refuses to supersede what is not there, itself, or an event of another order', () => {
    const a = sampleItem({ orderId: 'A-2' })
    const own = sampleItem({ eventId: 'evt_supersedes_me', supersedes: 'evt_supersedes_me' })
    const foreign = sampleItem({ supersedes: a.event.eventId })
    expect(decide([a, own, foreign]).decisions.slice(1)).toEqual([
      { kind: 'refused', code: 'supersedes_invalid' },
      { kind: 'refused', code: 'supersedes_invalid' },
    ])
  })

  it('holds back later items of an undecided one, and a refused item holds back nothing', () => {
    const items = ['A-1', 'A-2', 'A-1'].map(orderId => sampleItem({ orderId }))
    const codes = (changes: Partial<Knowledge>) =>
      decide(items, changes).decisions.map(decision =>
        decision.kind === 'refused' ? decision.code : decision.kind,
      )
    expect(codes({ undecided: new Set([0]) })).toEqual([
      'item_undecided',
      'recorded',
      'earlier_item_undecided',
    ])
    const orders = new Map(newOrders(items).orders).set('A-1', { ownerId: 'globex', arrivals: 0, newest: [] })
    expect(codes({ orders })).toEqual(['order_not_found', 'recorded', 'order_not_found'])
  })
})
