import { describe, expect, it } from 'vitest'
import { readToldHash } from './told-hash.js'

const HASH = 'a'.repeat(64)
const OTHER = 'b'.repeat(64)
// printf x | openssl dgst -sha256 -binary | base64
const DIGEST = 'sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:'
const DIGEST_HEX = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'
const HMAC = ['Authorization', 'PARTNER4-HMAC-SHA256 Credential=k/s, SignedHeaders=host, Signature=0']
const MESSAGE = ['Signature-Input', 'sig1=()', 'Signature', 'sig1=:AA==:']

describe('readToldHash', () => {
  it('an HMAC signature vouches for the payload-hash header, whatever its label', () => {
    expect(readToldHash('POST', [...HMAC, 'X-Partner-Content-Sha256', HASH])).toBe(HASH)
    expect(readToldHash('POST', [...HMAC, 'x-amz-content-sha256', ` ${HASH} `])).toBe(HASH)
    expect(readToldHash('GET', [...HMAC, 'Content-Digest', DIGEST])).toBeUndefined()
  })

  it('a message signature vouches for Content-Digest, and for nothing else', () => {
    expect(readToldHash('POST', [...MESSAGE, 'content-digest', DIGEST])).toBe(DIGEST_HEX)
    expect(
      readToldHash('POST', [...MESSAGE, 'X-Partner-Content-Sha256', OTHER, 'Content-Digest', DIGEST]),
    ).toBe(DIGEST_HEX)
    expect(readToldHash('GET', [...MESSAGE, 'X-Other-Content-Sha256', OTHER])).toBeUndefined()
  })

  it.each([
    ['UNSIGNED-PAYLOAD', ['X-Partner-Content-Sha256', 'UNSIGNED-PAYLOAD']],
    ['a hash in upper case', ['X-Partner-Content-Sha256', HASH.toUpperCase()]],
    ['a hash that is cut', ['X-Partner-Content-Sha256', HASH.slice(1)]],
    ['an empty one', ['X-Partner-Content-Sha256', '']],
  ])('%s tells nothing', (_, header) => {
    expect(readToldHash('POST', [...HMAC, ...header])).toBeUndefined()
  })

  it('a digest that is none tells nothing', () => {
    expect(readToldHash('POST', [...MESSAGE, 'Content-Digest', 'sha-256=:AA==:'])).toBeUndefined()
    expect(readToldHash('POST', [...MESSAGE, 'Content-Digest', 'sha-512=:AA==:'])).toBeUndefined()
  })

  it.each([
    ['HMAC', HMAC],
    ['message signature', MESSAGE],
  ])('%s: a method with a body must tell one', (_, headers) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'QUERY'])
      expect(() => readToldHash(method, headers)).toThrow(
        expect.objectContaining({ code: 'payload_hash_required', status: 400 }),
      )
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS'])
      expect(readToldHash(method, headers)).toBeUndefined()
  })

  it('who signs nothing need not', () => {
    expect(readToldHash('POST', ['Authorization', 'Bearer a.b.c'])).toBeUndefined()
    expect(readToldHash('POST', [])).toBeUndefined()
  })
})
