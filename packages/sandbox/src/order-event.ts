import { createHash } from 'node:crypto'
import type { OrderStatus } from './order-status.js'

/** An event after normalisation: times in UTC milliseconds, optional parts absent rather than empty, keys sorted. */
export interface OrderEvent {
  readonly eventId: string
  readonly orderId: string
  readonly status: OrderStatus
  /** `yyyy-mm-ddThh:mm:ss.sssZ` */
  readonly occurredAt: string
  readonly reason?: string
  readonly sequence?: number
  readonly shipment?: Shipment
  readonly lines?: readonly OrderLine[]
  readonly supersedes?: string
  readonly note?: string
}

export interface Shipment {
  readonly shipmentId?: string
  readonly carrier?: string
  readonly trackingNumber?: string
  readonly trackingUrl?: string
}

export interface OrderLine {
  readonly lineId: string
  readonly quantity: number
}

/** What makes two events the same event: SHA-256 over the JSON of the normalised event, 64 lower-case hex digits. */
export function createEventDigest(event: OrderEvent): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex')
}

/** A copy with sorted keys, in depth; so the digest does not depend on the order in which a partner wrote the fields. */
export function sortKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortKeys) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sortKeys(member)]),
  ) as T
}
