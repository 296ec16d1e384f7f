import { PARTNER_SCHEME } from '@countersign/protocol'
import { describe, expect, it } from 'vitest'
import { createHeaderRules } from './header-rules.js'
import { assertPayloadHash, assertPayloadHashForm } from './payload-hash-header.js'
import { readRequestHeaders } from './request-headers.js'

// SHA-256 of "abc", FIPS 180-4.
const HASH = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const OTHER = HASH.replace('b', 'c')
const NAME = 'x-partner-content-sha256'
const withHash = (...values: string[]) =>
  readRequestHeaders(
    values.flatMap(value => [NAME, value]),
    createHeaderRules([PARTNER_SCHEME], []),
  )

describe('assertPayloadHashForm', () => {
  it.each([[], [HASH], [` ${HASH}\t`], [OTHER]])('has nothing to say of %j', (...values) => {
    expect(() => assertPayloadHashForm(withHash(...values), NAME, HASH)).not.toThrow()
  })

  it.each([
    ['UNSIGNED-PAYLOAD', 'unsigned-payload'],
    [' UNSIGNED-PAYLOAD ', 'unsigned-payload'],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'unsigned-payload'],
    [HASH.toUpperCase(), 'payload-hash'],
    ['', 'payload-hash'],
  ])('refuses %j', (value, part) => {
    expect(() => assertPayloadHashForm(withHash(value), NAME, HASH)).toThrow(
      expect.objectContaining({ code: 'payload_hash_invalid', part }),
    )
  })
})

describe('assertPayloadHash', () => {
  it.each([[], [HASH], [` ${HASH}\t`]])('%j says what was computed, or nothing', (...values) => {
    expect(() => assertPayloadHash(withHash(...values), NAME, HASH)).not.toThrow()
  })

  it.each([OTHER, '', HASH.slice(1)])('refuses %j', value => {
    expect(() => assertPayloadHash(withHash(value), NAME, HASH)).toThrow(
      expect.objectContaining({
        ...{ code: 'payload_hash_mismatch', part: NAME },
        message: `The header ${NAME} does not hold the SHA-256 of the body that arrived.`,
      }),
    )
  })
})
