import { expect, it } from 'vitest'
import { readClaimAnswer } from './redis-claim-script.js'

it.each(['open', 'warming', 'claimed', 'used'])('reads %s', outcome => {
  expect(readClaimAnswer([outcome, '1800000000000'])).toEqual({ outcome, since: 1_800_000_000_000 })
})

// A proxy in between, or a server that only looks like Redis: nothing but a clear answer counts.
it.each([
  null,
  undefined,
  'OK',
  1,
  [],
  ['claimed'],
  ['claimed', null],
  ['claimed', 'soon'],
  ['CLAIMED', '1'],
  [true, '1'],
  { 0: 'claimed', 1: '1' },
])('%j is no answer', answer => {
  expect(() => readClaimAnswer(answer)).toThrow(expect.objectContaining({ code: 'dependency_unavailable' }))
})
