import type { IdentifiedEvent, Receipt } from './order-event.js'
import type { OrderStatus } from './order-status.js'

/** How an order stands. Moments are UTC with milliseconds. */
export interface Order {
  readonly orderId: string
  readonly currentStatus: OrderStatus
  /** The event that the current status comes from. */
  readonly eventId: string
  readonly occurredAt: string
  /** How many events the order has, superseded ones included. */
  readonly events: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** That an event was received, and how. */
export interface EventProof {
  readonly event: RecordedEvent
  /** As it was first given. */
  readonly receipt: Receipt
  /** The request that brought it. */
  readonly requestId: string
  /** The key id that signed it. */
  readonly credentialId: string
  /** SHA-256 of that request's whole body, in hex. */
  readonly bodySha256: string
}

/** An event as the platform stored it. */
export interface RecordedEvent extends IdentifiedEvent {
  readonly effect: Receipt['effect']
  readonly recordedAt: string
  readonly supersededBy?: string
}
