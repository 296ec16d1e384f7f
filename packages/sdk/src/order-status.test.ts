import { expect, it } from 'vitest'
import { ORDER_STATUSES, suggestStatus } from './order-status.js'

it('has the vocabulary of spec/openapi.yaml, in its order', async () => {
  const { readFileSync } = await import('node:fs')
  const { parse } = await import('yaml')
  const file = new URL('../../../spec/openapi.yaml', import.meta.url)
  const document = parse(readFileSync(file, 'utf8')) as {
    components: { schemas: { OrderStatus: { enum: string[] } } }
  }
  expect([...ORDER_STATUSES]).toEqual(document.components.schemas.OrderStatus.enum)
})

it.each([
  ['shiped', 'shipped'],
  ['SHIPPED', 'shipped'],
  ['In Transit', 'in_transit'],
  ['out-for-delivery', 'out_for_delivery'],
  ['canceled', 'cancelled'],
  ['deliverd', 'delivered'],
  ['ready_for_pickup', undefined],
  ['banana split', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('suggestStatus(%.20j) is %s', (text, expected) => {
  expect(suggestStatus(text)).toBe(expected)
})
