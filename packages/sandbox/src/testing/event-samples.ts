import { randomUUID } from 'node:crypto'
import type { EventItem } from '../event-rules.js'
import { createEventDigest, type OrderEvent, sortKeys } from '../order-event.js'

/** An event that is fine, with a new id; for tests. */
export function sampleEvent(changes: Partial<OrderEvent> = {}): OrderEvent {
  return sortKeys({
    eventId: `evt_${randomUUID()}`,
    orderId: 'A-1',
    status: 'shipped' as const,
    occurredAt: '2026-11-21T22:30:40.000Z',
    ...changes,
  })
}

export function sampleItem(changes: Partial<OrderEvent> = {}): EventItem {
  const event = sampleEvent(changes)
  return { event, digest: createEventDigest(event) }
}
