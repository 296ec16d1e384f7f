import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, refusal, refusalMessage } from '../test/property.js'
import { createPayloadHash, EMPTY_PAYLOAD_HASH, parsePayloadHash } from './payload-hash.js'

describe('createPayloadHash', () => {
  it('of no body is the SHA-256 of the empty string, as published', () => {
    expect(createPayloadHash(new Uint8Array())).toBe(EMPTY_PAYLOAD_HASH)
    expect(EMPTY_PAYLOAD_HASH).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('of {"status":"shipped","occurredAt":"2026-11-21T23:30:00.000Z"} is that of the specification', () => {
    const body = Buffer.from('{"status":"shipped","occurredAt":"2026-11-21T23:30:00.000Z"}')
    expect(createPayloadHash(body)).toBe('5c57195851c90354cd9916f004b36cd6d88d4b4a562ad11b369a3337db139ff3')
  })

  it('hashes bytes: 0xFF and U+FFFD differ, a view is not its whole buffer', () => {
    expect(createPayloadHash(Uint8Array.of(0xff))).not.toBe(
      createPayloadHash(Uint8Array.of(0xef, 0xbf, 0xbd)),
    )
    const whole = Uint8Array.from([1, 2, 3, 4])
    expect(createPayloadHash(whole.subarray(1, 3))).toBe(createPayloadHash(Uint8Array.of(2, 3)))
  })

  it('can be read by parsePayloadHash', () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 300 }), body => {
        const hash = createPayloadHash(body)
        expect(hash).toBe(createHash('sha256').update(body).digest('hex'))
        expect(parsePayloadHash(hash)).toBe(hash)
      }),
      200,
    )
  })
})

describe('parsePayloadHash', () => {
  it.each([
    ['UNSIGNED-PAYLOAD', 'unsigned-payload'],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'unsigned-payload'],
    ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'unsigned-payload'],
    ['', 'payload-hash'],
    [EMPTY_PAYLOAD_HASH.toUpperCase(), 'payload-hash'],
    [EMPTY_PAYLOAD_HASH.slice(1), 'payload-hash'],
    [`${EMPTY_PAYLOAD_HASH}0`, 'payload-hash'],
    [`${EMPTY_PAYLOAD_HASH}\n`, 'payload-hash'],
    ['47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=', 'payload-hash'],
    ['unsigned-payload', 'payload-hash'],
    ['STREAMING', 'payload-hash'],
    ['NOT-STREAMING-', 'payload-hash'],
    [`x${EMPTY_PAYLOAD_HASH}`, 'payload-hash'],
  ])('refuses %j for its %s', (value, part) => {
    expect(refusal(() => parsePayloadHash(value))).toEqual({ code: 'payload_hash_invalid', part })
    expect(refusalMessage(() => parsePayloadHash(value))).toContain(
      part === 'unsigned-payload' ? 'Every body must be signed' : 'as 64 lower-case hex digits',
    )
  })
})
