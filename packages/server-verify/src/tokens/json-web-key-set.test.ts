import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { KeySet } from './json-web-key-set.js'

const ec = (namedCurve: string, kid: string): object => ({
  ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  kid,
})
const rsa = (modulusLength: number, kid: string): object => ({
  ...generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }),
  kid,
})
const ed = (kid: string): object => ({
  ...generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
  kid,
})

// None of them says for which algorithm it is: kind, curve and size decide.
const KEYS = KeySet.read({
  keys: [
    ...[ec('P-256', 'p256'), ec('P-384', 'p384'), ec('P-521', 'p521'), ec('secp256k1', 'k1')],
    ...[rsa(2048, 'rsa'), rsa(1024, 'small'), ed('ed')],
  ],
})

test.each([
  ['ES256', ['p256']],
  ['ES384', ['p384']],
  ['ES512', ['p521']],
  ['RS256', ['rsa']],
  ['PS512', ['rsa']],
  ['EdDSA', ['ed']],
  ['Ed25519', ['ed']],
  ['ES256K', []],
  ['HS256', []],
  ['none', []],
  ['__proto__', []],
])('%s takes %j only', (algorithm, expected) => {
  const taken = ['p256', 'p384', 'p521', 'k1', 'rsa', 'small', 'ed'].filter(
    kid => KEYS.find(kid, algorithm) !== undefined,
  )
  expect(taken).toEqual(expected)
})

test('two keys of one id and kind are no answer, of two kinds they are', () => {
  const one = ec('P-256', 'same')
  const set = KeySet.read({ keys: [one, rsa(2048, 'same')] })
  expect(set.find('same', 'ES256')).toBeDefined()
  expect(set.find('same', 'RS256')).toBeDefined()
  expect(KeySet.read({ keys: [one, ec('P-256', 'same')] }).find('same', 'ES256')).toBeUndefined()
})

test('a key that names its algorithm is for that one only', () => {
  const set = KeySet.read({ keys: [{ ...rsa(2048, 'a'), alg: 'PS256' }] })
  expect(set.find('a', 'PS256')).toBeDefined()
  expect(set.find('a', 'RS256')).toBeUndefined()
})
