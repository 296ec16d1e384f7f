/** The vocabulary of order states, roughly in the order of an order's life. The API refuses any other. */
export const ORDER_STATUSES = [
  'received',
  'accepted',
  'rejected',
  'on_hold',
  'processing',
  'packed',
  'ready_for_pickup_by_carrier',
  'shipped',
  'in_transit',
  'customs',
  'out_for_delivery',
  'delivery_attempted',
  'available_for_pickup',
  'delivered',
  'partially_delivered',
  'exception',
  'return_in_transit',
  'returned',
  'cancelled',
  'lost',
] as const

export type OrderStatus = (typeof ORDER_STATUSES)[number]

const KNOWN: ReadonlySet<string> = new Set(ORDER_STATUSES)
const LONGEST = Math.max(...ORDER_STATUSES.map(status => status.length))

export function isOrderStatus(text: string): text is OrderStatus {
  return KNOWN.has(text)
}

/**
 * The status that was most likely meant, by edit distance, or undefined when none is near.
 *
 * @example
 * ```ts
 * import { suggestStatus } from '@countersign/sdk'
 *
 * console.log(suggestStatus('Shiped'), suggestStatus('out for delivery'), suggestStatus('banana')) // shipped out_for_delivery undefined
 * ```
 */
export function suggestStatus(text: string): OrderStatus | undefined {
  // Text far longer than any status is near none; the bound keeps the distance cheap.
  if (text.length > LONGEST * 2) return undefined
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  let nearest: OrderStatus | undefined
  let smallest = Number.POSITIVE_INFINITY
  for (const status of ORDER_STATUSES) {
    const distance = editDistance(wanted, status)
    if (distance >= smallest || distance > Math.max(2, Math.floor(status.length / 3))) continue
    smallest = distance
    nearest = status
  }
  return nearest
}

// Levenshtein: the fewest single-character insertions, deletions and replacements.
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
