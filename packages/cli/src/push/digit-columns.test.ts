import { expect, test } from 'vitest'
import { DigitColumns } from './digit-columns.js'

function judge(
  values: readonly string[],
  field: 'orderId' | 'trackingNumber' = 'trackingNumber',
  carrier?: string,
): (string | undefined)[] {
  const columns = new DigitColumns()
  const updates = values.map(value =>
    field === 'orderId'
      ? { orderId: value }
      : { shipment: { trackingNumber: value, ...(carrier === undefined ? {} : { carrier }) } },
  )
  for (const update of updates) columns.add(update)
  return updates.map(update => columns.findFault({ line: 1, original: [], update })?.code)
}

/** 12 digits, as a number turns them out: the first is never 0. */
const numbers = (count: number, length = 12): string[] =>
  Array.from(
    { length: count },
    (_, index) => String(1 + (index % 9)) + String(index * 7919).padStart(length - 1, '3'),
  )

test('short numbers in a column of long ones, none with a zero in front: the spreadsheet took them', () => {
  const codes = judge([...numbers(90), '12345678901', '1234567890'])
  expect(codes.slice(90)).toEqual(['leading_zeros_lost', 'leading_zeros_lost'])
  expect(codes.slice(0, 90).every(code => code === undefined)).toBe(true)
})

test.each([
  ['one begins with a zero: it is text', [...numbers(90), '012345678901', '12345678901']],
  ['letters: it is text', [...numbers(90), 'A12345678901', '12345678901']],
  ['too few to tell', [...numbers(20), '12345678901']],
  ['too many lengths', [...numbers(60), ...numbers(30, 11)]],
  ['much shorter ones are of another kind', [...numbers(90), '1234567']],
  ['short numbers', [...numbers(90, 6), '12345']],
])('no verdict: %s', (_, values) => {
  expect(judge(values).every(code => code === undefined)).toBe(true)
})

test('a counter that gets one more digit is no damage', () => {
  const values = Array.from({ length: 100 }, (_, index) => String(99_999_990 + index))
  expect(judge(values, 'orderId').every(code => code === undefined)).toBe(true)
})

test('carriers are looked at one by one', () => {
  const columns = new DigitColumns()
  for (const value of numbers(90)) columns.add({ shipment: { carrier: 'A', trackingNumber: value } })
  const other = { shipment: { carrier: 'B', trackingNumber: '12345678901' } }
  columns.add(other)
  expect(columns.findFault({ line: 1, original: [], update: other })).toBeUndefined()
  expect(columns.damaged).toBe(0)
})

test('long numbers that all end in zeros were rounded', () => {
  expect(judge(['340434161094042000', '340434161094043000', '340434161094044000', '1234'])).toEqual([
    'digits_lost',
    'digits_lost',
    'digits_lost',
    undefined,
  ])
  expect(judge(['340434161094042557', '340434161094043000', '340434161094044000'])).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
