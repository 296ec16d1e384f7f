import { expect, test } from 'vitest'
import { EXIT, EXIT_CODE_MEANINGS, worstExitCode } from './exit-code.js'

test('the contract', () => {
  expect(EXIT).toEqual({
    ok: 0,
    bug: 1,
    usage: 2,
    rejected: 3,
    auth: 4,
    temporary: 5,
    input: 6,
    tooManyRejects: 7,
    locked: 8,
    nothing: 9,
    environment: 10,
    interrupted: 130,
    terminated: 143,
  })
  expect(EXIT_CODE_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT))
})

test('if several apply: 130 and 143, then 4, 10, 5, 7, 3', () => {
  const order = [130, 143, 4, 10, 5, 7, 3] as const
  for (const [index, code] of order.entries()) {
    expect(worstExitCode([...order.slice(index)].reverse())).toBe(code)
  }
  expect(worstExitCode([])).toBe(0)
})
