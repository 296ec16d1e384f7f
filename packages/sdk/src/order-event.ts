import type { OrderStatus } from './order-status.js'

/** Where the parcel is. Every member has 1 to 64 characters, `trackingUrl` up to 2000. */
export interface Shipment {
  readonly shipmentId?: string | undefined
  readonly carrier?: string | undefined
  readonly trackingNumber?: string | undefined
  /** `http` or `https`. */
  readonly trackingUrl?: string | undefined
}

/** The part of an order that an event is about. */
export interface OrderLine {
  /** 1 to 64 characters. */
  readonly lineId: string
  /** Above 0, up to 1,000,000,000. */
  readonly quantity: number
}

/** What happened to an order. */
export interface OrderStatusUpdate {
  readonly status: OrderStatus | (string & {})
  /** When it happened, not when it is sent. Text is RFC 3339 with an offset. At most 5 minutes ahead of the clock. */
  readonly occurredAt: Date | string
  /** 16 to 64 of `A-Z a-z 0-9 _ -`, unique for ever. Default: see `createEventId`. */
  readonly eventId?: string | undefined
  /** 1 to 64 characters, e.g. `recipient_absent`. */
  readonly reason?: string | undefined
  /** Breaks a tie between events of one moment: a whole number ≥ 0. */
  readonly sequence?: number | undefined
  readonly shipment?: Shipment | undefined
  /** 1 to 500. */
  readonly lines?: readonly OrderLine[] | undefined
  /** The eventId of an earlier event that this one corrects. */
  readonly supersedes?: string | undefined
  /** Up to 500 characters. */
  readonly note?: string | undefined
}

/** What happened to which order. */
export interface OrderStatusEvent extends OrderStatusUpdate {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`, neither `.` nor `..`. */
  readonly orderId: string
}

/**
 * An event in its one normal form: checked, `occurredAt` in UTC with milliseconds, absent members really absent, an
 * empty `shipment` left out, keys in sorted order in depth. Equal events have equal JSON.
 */
export interface NormalizedEvent {
  readonly eventId?: string
  readonly lines?: readonly OrderLine[]
  readonly note?: string
  /** `yyyy-mm-ddThh:mm:ss.sssZ` */
  readonly occurredAt: string
  readonly orderId: string
  readonly reason?: string
  readonly sequence?: number
  readonly shipment?: Shipment
  readonly status: OrderStatus
  readonly supersedes?: string
}

/** A normalised event that has its id: what is sent. */
export interface IdentifiedEvent extends NormalizedEvent {
  readonly eventId: string
}

/** What the API answers to an event it recorded. */
export interface Receipt {
  readonly eventId: string
  readonly orderId: string
  /** `late`: stored, but an event with a later `occurredAt` keeps the current status. `no_change`: it was that already. */
  readonly effect: 'applied' | 'late' | 'no_change'
  /** True when the same event had been recorded before. */
  readonly replayed: boolean
  readonly recordedAt: string
  readonly currentStatus: OrderStatus
}
