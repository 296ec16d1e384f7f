import { PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createHeaderRules } from './header-rules.js'
import { assertTarget } from './parsed-request.js'

const formOf = (escapedPaths: boolean) => ({
  headerRules: createHeaderRules([PARTNER_SCHEME], []),
  isAllowedAuthority: () => true,
  escapedPaths,
})

describe('assertTarget', () => {
  it.each(['/', '/v1/orders/A-1/statuses', '/v1?a=1&b=2'])('%s has the form of spec §4', target => {
    expect(() => assertTarget(target, formOf(false))).not.toThrow()
  })

  it.each([
    ['/v1/../v2', 'target_not_canonical', 'path'],
    ['/v1?', 'target_not_canonical', 'query'],
    ['https://api.example.com/', 'target_not_canonical', 'form'],
    ['/v1?b=1&a=2', 'query_not_canonical', 'query'],
    ['/v1/a%20b', 'target_not_canonical', 'path'],
  ])('refuses %s as the verifier would', (target, code, part) => {
    expect(() => assertTarget(target, formOf(false))).toThrow(
      expect.objectContaining({ name: 'VerificationError', status: 400, code, part }),
    )
  })

  it('takes an escaped path where the service does', () => {
    expect(() => assertTarget('/v1/a%20b', formOf(true))).not.toThrow()
  })
})
