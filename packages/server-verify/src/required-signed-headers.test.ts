import { describe, expect, it } from 'vitest'
import { assertRequiredSigned } from './required-signed-headers.js'

const DATE = 'x-partner-date'

describe('assertRequiredSigned', () => {
  it('host, date and what must be signed are enough; more may be', () => {
    expect(() => assertRequiredSigned(['host', DATE], DATE, ['host', DATE])).not.toThrow()
    expect(() =>
      assertRequiredSigned(['accept', 'host', DATE, 'x-partner-a'], DATE, ['x-partner-a']),
    ).not.toThrow()
  })

  it.each([
    [[DATE], [], 'host'],
    [['host'], [], DATE],
    [['host', 'x-amz-date'], [], DATE],
    [['host', DATE], ['x-partner-nonce'], 'x-partner-nonce'],
    [['host', DATE, 'x-partner-a'], ['x-partner-a', 'x-partner-b'], 'x-partner-b'],
  ])('of %j with %j: names %s', (signed, mustSign, part) => {
    expect(() => assertRequiredSigned(signed, DATE, mustSign)).toThrow(
      expect.objectContaining({
        ...{ code: 'header_not_signed', part },
        message: `The header "${part}" must be signed. Add it to SignedHeaders, or do not send it.`,
      }),
    )
  })

  it('shortens a name that is long, and no other', () => {
    const partOf = (name: string): string => {
      try {
        assertRequiredSigned(['host', DATE], DATE, [name])
      } catch (error) {
        return (error as { part: string }).part
      }
      return ''
    }
    expect(partOf('x'.repeat(64))).toBe('x'.repeat(64))
    expect(partOf('x'.repeat(65))).toBe(`${'x'.repeat(64)}…`)
  })
})
