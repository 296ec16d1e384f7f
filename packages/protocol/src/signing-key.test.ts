import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, textOf, WORD_CHARACTERS } from '../test/property.js'
import { createSignature } from './signature.js'
import { deriveSigningKey, deriveSigningKeyBytes } from './signing-key.js'
import { AWS_SCHEME, createSigningScheme, PARTNER_SCHEME } from './signing-scheme.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const scope = { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' }

describe('deriveSigningKeyBytes', () => {
  it('gives the key of the specification, §7 (computed by Python and OpenSSL)', () => {
    expect(hex(deriveSigningKeyBytes(PARTNER_SCHEME, 'not-a-secret-only-for-the-spec!', scope))).toBe(
      '50d102e9b8b85785bfeca190f9293956562685a40e4177fe99eea3a705e727f2',
    )
  })

  it('gives the key that AWS publishes for the AWS row', () => {
    // "Deriving the signing key", AWS General Reference.
    const aws = { date: '20150830', environment: 'us-east-1', api: 'iam', terminator: 'aws4_request' }
    expect(hex(deriveSigningKeyBytes(AWS_SCHEME, 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', aws))).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    )
  })

  it('takes a secret as text in UTF-8 or as bytes', () => {
    const text = deriveSigningKeyBytes(PARTNER_SCHEME, 'ключ 📦', scope)
    expect(deriveSigningKeyBytes(PARTNER_SCHEME, Buffer.from('ключ 📦', 'utf8'), scope)).toEqual(text)
  })

  it('leaves the bytes of the secret alone', () => {
    const secret = Uint8Array.from({ length: 100 }, (_, i) => i)
    deriveSigningKeyBytes(PARTNER_SCHEME, secret, scope)
    expect(secret).toEqual(Uint8Array.from({ length: 100 }, (_, i) => i))
  })

  it('is another key for another scheme, secret, date, environment, api or terminator', () => {
    const keys = [
      deriveSigningKeyBytes(PARTNER_SCHEME, 'secret', scope),
      deriveSigningKeyBytes(createSigningScheme('acme'), 'secret', scope),
      deriveSigningKeyBytes(PARTNER_SCHEME, 'secret2', scope),
      ...Object.keys(scope).map(part =>
        deriveSigningKeyBytes(PARTNER_SCHEME, 'secret', { ...scope, [part]: 'other' }),
      ),
    ].map(hex)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it("agrees with a chain of OpenSSL's HMACs for random secrets and scopes", () => {
    const word = textOf(WORD_CHARACTERS, 1, 70)
    check(
      fc.property(
        fc.uint8Array({ maxLength: 150 }),
        word,
        word,
        word,
        word,
        (secret, date, environment, api, terminator) => {
          let key: Uint8Array = Buffer.concat([Buffer.from('PARTNER4'), secret])
          for (const part of [date, environment, api, terminator])
            key = createHmac('sha256', key).update(part).digest()
          const parts = { date, environment, api, terminator }
          expect(hex(deriveSigningKeyBytes(PARTNER_SCHEME, secret, parts))).toBe(hex(key))
          const mac = createHmac('sha256', key).update('text').digest('hex')
          expect(createSignature(deriveSigningKey(PARTNER_SCHEME, secret, parts), 'text')).toBe(mac)
        },
      ),
      200,
    )
  })
})
