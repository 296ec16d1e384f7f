import type { Decision, Effect } from '../event-rules.js'
import type { OrderEvent } from '../order-event.js'
import type { OrderStatus } from '../order-status.js'

/** What a partner gets for an event. */
export interface Receipt {
  readonly eventId: string
  readonly orderId: string
  readonly effect: Effect
  readonly replayed: boolean
  readonly recordedAt: string
  readonly currentStatus: OrderStatus
}

export function createReceipt(
  { eventId, orderId }: OrderEvent,
  decision: Exclude<Decision, { kind: 'refused' }>,
  nowRecordedAt: string,
): Receipt {
  const { kind, effect, currentStatus } = decision
  const recordedAt = kind === 'replayed' ? decision.recordedAt : nowRecordedAt
  return { eventId, orderId, effect, replayed: kind === 'replayed', recordedAt, currentStatus }
}
