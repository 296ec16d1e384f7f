import { describe, expect, it } from 'vitest'
import { isOrderStatus, ORDER_STATUSES, suggestOrderStatus } from './order-status.js'

describe('order status', () => {
  it('knows its own words only', () => {
    expect(ORDER_STATUSES).toHaveLength(20)
    expect(ORDER_STATUSES.every(isOrderStatus)).toBe(true)
    for (const word of ['Shipped', 'constructor', '__proto__', '']) expect(isOrderStatus(word)).toBe(false)
  })

  it.each([
    ['Shipped', 'shipped'],
    ['shiped', 'shipped'],
    ['in transit', 'in_transit'],
    ['OUT-FOR-DELIVERY', 'out_for_delivery'],
    ['canceled', 'cancelled'],
    ['deliverd', 'delivered'],
    ['teleported', undefined],
    ['', undefined],
    ['x'.repeat(1_000_000), undefined],
  ])('takes %.20j for %s', (text, expected) => expect(suggestOrderStatus(text)).toBe(expected))
})
