import type { Receipt } from './order-event.js'
import { isRecord } from './problem-details.js'

const EFFECTS: ReadonlySet<unknown> = new Set(['applied', 'late', 'no_change'])

/** Whether a value is the receipt of this event, and not of another one. */
export function isReceipt(value: unknown, eventId: string): value is Receipt {
  return (
    isRecord(value) &&
    value['eventId'] === eventId &&
    EFFECTS.has(value['effect']) &&
    typeof value['replayed'] === 'boolean' &&
    typeof value['currentStatus'] === 'string'
  )
}
