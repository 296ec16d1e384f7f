import { expect, test } from 'vitest'
import { parseCredentialRecord } from './parse-credential-record.js'

const SEALED = { version: 1, keyEncryptionKey: 'kek_1', wrappedKey: 'AAAA', text: 'BBBB' }
const HMAC = {
  kind: 'hmac',
  keyId: 'acme_2026_a',
  partnerId: 'acme',
  environment: 'live',
  api: 'orders',
  scopes: ['orders:read'],
  roles: ['pusher'],
  restrictedTo: ['orders:read'],
  state: 'active',
  notBefore: 1,
  notAfter: 2,
  ipAllowList: ['192.0.2.0/24'],
  createdAt: 0,
  requires: ['client-certificate'],
  certificates: ['ab'.repeat(32)],
  sealedSecret: SEALED,
  secretFingerprint: 'cd'.repeat(32),
}

test('what was written is read', () => {
  expect(parseCredentialRecord(HMAC)).toEqual(HMAC)
})

test.each([
  ['kind', 'password'],
  ['kind', undefined],
  ['kind', 'constructor'],
  ['keyId', 'short'],
  ['keyId', 7],
  ['partnerId', ''],
  ['partnerId', 'a b'],
  ['environment', null],
  ['api', ''],
  ['scopes', undefined],
  ['scopes', 'orders:read'],
  ['scopes', ['']],
  ['roles', [1]],
  ['restrictedTo', null],
  ['restrictedTo', {}],
  ['state', 'Active'],
  ['notBefore', '1'],
  ['notAfter', Number.NaN],
  ['notAfter', null],
  ['notAfter', 1.5],
  ['ipAllowList', ['192.0.2.0/33']],
  ['ipAllowList', null],
  ['createdAt', undefined],
  ['requires', ['password']],
  ['requires', 'client-certificate'],
  ['certificates', ['AB'.repeat(32)]],
  ['certificates', ['ab']],
  ['sealedSecret', undefined],
  ['sealedSecret', 'a secret'],
  ['sealedSecret', { ...SEALED, version: 2 }],
  ['sealedSecret', { ...SEALED, text: 1 }],
  ['secretFingerprint', 'cd'],
  ['secret', 'in the clear'],
  ['onlyOnTuesdays', true],
  ['secretSha256', 'ab'.repeat(32)],
])('a record with %s %j is refused, and its value not shown', (name, value) => {
  const record: Record<string, unknown> = { ...HMAC, [name]: value }
  if (value === undefined) delete record[name]
  expect(() => parseCredentialRecord(record)).toThrow(
    expect.objectContaining({ code: 'store_invalid', message: expect.not.stringContaining('in the clear') }),
  )
})

test.each([[null], ['text'], [[]], [7]])('%j is no record', value => {
  expect(() => parseCredentialRecord(value)).toThrow(expect.objectContaining({ code: 'store_invalid' }))
})

test('a member of the prototype is none of the record', () => {
  const record = Object.assign(Object.create({ state: 'active' }), { ...HMAC })
  delete record.state
  expect(() => parseCredentialRecord(record)).toThrow(expect.objectContaining({ code: 'store_invalid' }))
})
