import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check, nearly, refusal, refusalMessage, textOf, WORD_CHARACTERS } from '../test/property.js'
import {
  type CredentialScope,
  formatCredentialScope,
  parseCredential,
  parseCredentialScope,
  parseKeyId,
} from './credential-scope.js'

const scopeInvalid = (part: string): object => ({ code: 'credential_scope_invalid', part })
const keyIdInvalid = { code: 'key_id_invalid', part: 'keyId' }
const word = textOf(WORD_CHARACTERS, 1, 64)
const scope: fc.Arbitrary<CredentialScope> = fc.record({
  date: textOf('0123456789', 8, 8),
  environment: word,
  api: word,
  terminator: word,
})

describe('parseKeyId', () => {
  it.each(['abcd_123', 'demo_acme_key1', 'A-Z_09az', 'k'.repeat(64)])('%s', keyId => {
    expect(parseKeyId(keyId)).toBe(keyId)
  })

  it.each([
    ['abc_123'],
    ['k'.repeat(65)],
    [''],
    ['demo/acme'],
    ['demo%5Facme'],
    ['demo.acme'],
    ['demo acme'],
    ['dëmo_acme'],
    ['demo_acme\n'],
  ])('refuses %j', keyId => expect(refusal(() => parseKeyId(keyId))).toEqual(keyIdInvalid))

  it('does not show what it was given: it may be a secret in the wrong place', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
    const message = refusalMessage(() => parseKeyId(secret))
    expect(message).toContain('another character at position 13')
    for (const piece of secret.split(/[/+]/)) expect(message).not.toContain(piece)
    expect(refusalMessage(() => parseKeyId('hunter2'))).toContain('has 7 characters')
    expect(refusalMessage(() => parseKeyId('hunter2'))).not.toContain('hunter2')
  })
})

describe('credential scope', () => {
  it('reads and writes date/environment/api/terminator', () => {
    const text = '20261121/live/orders/partner4_request'
    const parsed = { date: '20261121', environment: 'live', api: 'orders', terminator: 'partner4_request' }
    expect(parseCredentialScope(text)).toEqual(parsed)
    expect(formatCredentialScope(parsed)).toBe(text)
  })

  it.each([
    ['', 'scope'],
    ['20261121/live/orders', 'scope'],
    ['20261121/live/orders/partner4_request/', 'scope'],
    ['2026112/live/orders/partner4_request', 'date'],
    ['20261121\n/live/orders/partner4_request', 'date'],
    ['２０２６1121/live/orders/partner4_request', 'date'],
    ['20261121//orders/partner4_request', 'environment'],
    [`20261121/${'e'.repeat(65)}/orders/partner4_request`, 'environment'],
    ['20261121/live/or ders/partner4_request', 'api'],
    ['20261121/live/orders/partner4_request\n', 'terminator'],
    ['20261121/live/orders/', 'terminator'],
  ])('refuses %j for its %s', (text, part) => {
    expect(refusal(() => parseCredentialScope(text))).toEqual(scopeInvalid(part))
  })

  it.each([
    ['20261121/live/orders', '"20261121/live/orders" must have four parts: date/environment/api/terminator'],
    ['2026112/live/orders/partner4_request', 'scope date "2026112" must have the form yyyymmdd'],
    ['20261121//orders/partner4_request', 'environment "" must be 1 to 64 characters of A-Z a-z 0-9 _ -'],
    ['20261121/live/or ders/partner4_request', 'api "or ders" must be'],
    ['20261121/live/orders/a.b', 'terminator "a.b" must be'],
  ])('says of %j what to change', (text, words) => {
    expect(refusalMessage(() => parseCredentialScope(text))).toContain(words)
  })

  it('parse and format are inverse', () => {
    check(
      fc.property(scope, value => {
        expect(parseCredentialScope(formatCredentialScope(value))).toEqual(value)
      }),
    )
    check(
      fc.property(nearly(scope.map(formatCredentialScope)), text => {
        if (refusal(() => parseCredentialScope(text)) !== undefined) return
        expect(formatCredentialScope(parseCredentialScope(text))).toBe(text)
      }),
      1000,
    )
  })
})

describe('parseCredential', () => {
  it('splits from the right', () => {
    expect(parseCredential('demo_acme_key1/20261121/live/orders/partner4_request')).toEqual({
      keyId: 'demo_acme_key1',
      scope: parseCredentialScope('20261121/live/orders/partner4_request'),
    })
  })

  it.each([
    ['demo_acme_key1', scopeInvalid('Credential')],
    ['20261121/live/orders/partner4_request', scopeInvalid('Credential')],
    ['demo_acme_key1/20261121/live/orders', scopeInvalid('Credential')],
    ['demo_acme_key1/2026-11-21/live/orders/partner4_request', scopeInvalid('date')],
    ['/20261121/live/orders/partner4_request', keyIdInvalid],
    ['demo/acme_key1/20261121/live/orders/partner4_request', keyIdInvalid],
    ['demo_acme_key1/x/20261121/live/orders/partner4_request', keyIdInvalid],
  ])('refuses %j', (text, expected) => expect(refusal(() => parseCredential(text))).toEqual(expected))

  it('counts the characters of the key id alone', () => {
    expect(refusalMessage(() => parseCredential('short/20261121/live/orders/partner4_request'))).toContain(
      'this one has 5 characters',
    )
  })

  it('says how many parts there are', () => {
    expect(refusalMessage(() => parseCredential('demo_acme_key1/20261121/live/orders'))).toContain(
      'must be keyId/date/environment/api/terminator; this one has 4 parts',
    )
  })

  it('accepts exactly what parseKeyId and parseCredentialScope accept', () => {
    const valid = fc
      .tuple(textOf(WORD_CHARACTERS, 8, 64), scope)
      .map(([id, s]) => `${id}/${formatCredentialScope(s)}`)
    check(
      fc.property(fc.oneof(valid, nearly(valid)), text => {
        const parts = text.split('/')
        const byParts = (): unknown => ({
          keyId: parseKeyId(parts.slice(0, -4).join('/')),
          scope: parseCredentialScope(parts.slice(-4).join('/')),
        })
        if (refusal(() => parseCredential(text)) === undefined)
          expect(parseCredential(text)).toEqual(byParts())
        else expect(refusal(byParts)).toBeDefined()
      }),
      1000,
    )
  })
})
