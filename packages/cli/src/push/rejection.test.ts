import { expect, test } from 'vitest'
import { describeRefusal } from './rejection.js'

const FAULT = { pointer: '/shipment/carrier', code: 'invalid_shipment', detail: 'Too long.' }

test('the code is that of the first field; every field is named with its value', () => {
  const facts = {
    code: 'order_status_invalid',
    errors: [FAULT, { ...FAULT, pointer: '/note', code: 'invalid_note' }],
  }
  expect(describeRefusal(facts, { shipment: { carrier: 'X' }, note: 'y\u001b[31m' })).toEqual({
    code: 'invalid_shipment',
    detail: 'shipment.carrier "X": Too long. note "y [31m": Too long.',
  })
})

test('fields are called as the file calls them', () => {
  const facts = { code: 'order_status_invalid', errors: [FAULT] }
  expect(describeRefusal(facts, {}, () => 'Spediteur').detail).toBe('Spediteur is missing: Too long.')
})

test('without fields: the detail, else the title, else the code', () => {
  expect(describeRefusal({ code: 'x', title: 'T', detail: 'D' }, {})).toEqual({ code: 'x', detail: 'D' })
  expect(describeRefusal({ code: 'x', title: 'T' }, {})).toEqual({ code: 'x', detail: 'T' })
  expect(describeRefusal({ code: 'x', errors: [] }, {})).toEqual({ code: 'x', detail: 'x' })
})

test('a status gets its suggestion, long values are cut', () => {
  const errors = [{ pointer: '/status', code: 'invalid_status', detail: '…', suggestion: 'shipped' }]
  expect(describeRefusal({ code: 'c', errors }, { status: 'shiped' }).detail).toBe(
    'status "shiped" is not a status. Did you mean "shipped"?',
  )
  expect(
    describeRefusal({ code: 'c', errors: [{ ...FAULT, pointer: '/note' }] }, { note: 'x'.repeat(500) })
      .detail,
  ).toHaveLength('note "": Too long.'.length + 41)
})
