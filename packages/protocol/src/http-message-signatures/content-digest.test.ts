import { describe, expect, it } from 'vitest'
import { refusal } from '../../test/property.js'
import { createContentDigest, parseContentDigest, verifyContentDigest } from './content-digest.js'

const body = new TextEncoder().encode('{"hello": "world"}')
// RFC 9530, appendix D, and the Content-Digest of RFC 9421's test-request.
const SHA256 = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
const SHA512 =
  'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

describe('Content-Digest', () => {
  it('is the value of RFC 9530', () => {
    expect(createContentDigest(body)).toBe(SHA256)
    expect(verifyContentDigest(SHA256, body)).toBe(true)
    expect(verifyContentDigest(SHA256, body.subarray(1))).toBe(false)
    expect(createContentDigest(new Uint8Array())).toBe(
      'sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
    )
  })

  it('may stand beside others', () => {
    expect(verifyContentDigest(`${SHA512}, ${SHA256}`, body)).toBe(true)
    expect(verifyContentDigest(`${SHA256},${SHA512}`, body)).toBe(true)
  })

  it.each([
    SHA512,
    '',
    'sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=',
    `${SHA256}, ${SHA256}`,
    `${SHA256};q=1`,
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPF=:',
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBA==:',
    SHA256.toUpperCase(),
    'SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
  ])('refuses %j', value => {
    expect(refusal(() => parseContentDigest(value))).toEqual({
      code: 'content_digest_invalid',
      part: 'content-digest',
    })
  })
})
