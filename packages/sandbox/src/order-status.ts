/** The vocabulary of order states (`spec/openapi.yaml`, `OrderStatus`), roughly in the order of an order's life. */
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

/** The status that was most likely meant, or undefined when nothing is near (`Shiped` → `shipped`). */
export function suggestOrderStatus(text: string): OrderStatus | undefined {
  // A status far longer than any known one cannot be near one; the bound keeps the distance cheap for hostile text.
  if (text.length > LONGEST * 2) return undefined
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  const [nearest] = ORDER_STATUSES.map(status => ({ status, distance: editDistance(wanted, status) })).sort(
    (a, b) => a.distance - b.distance,
  )
  return nearest !== undefined && nearest.distance <= Math.max(2, Math.floor(nearest.status.length / 3))
    ? nearest.status
    : undefined
}

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
