// A13–A15, and C9 as far as one request shows it: the Authorization header and what it covers.
import { AWS_LABELS, PARTNER_LABELS } from '../independent-signer.js'
import { type Attack, accepted, refused, replaceAuthorization, withHeaders } from './attack.js'
import { HOST, LIVE_KEY, TIMESTAMP } from './testbed.js'

const LIST = refused(400, 'signed_headers_invalid')
const MALFORMED = refused(400, 'authorization_malformed')
const NOT_SIGNED = refused(400, 'header_not_signed')
const SCOPE = refused(400, 'credential_scope_invalid')
const SIGNATURE = refused(401, 'invalid_credentials')
const FLOOR = ['host', 'x-partner-date', 'x-partner-nonce']

/** SignedHeaders as given, and a canonical request that says the same: an absent header counts as empty. */
function listed(name: string, signedHeaders: readonly string[], expected = LIST): Attack {
  return { id: 'A13', name: `SignedHeaders ${name}`, sign: { signedHeaders }, expected }
}

const LISTS: readonly Attack[] = [
  listed('names an absent header', [...FLOOR, 'x-zebra']),
  listed('names constructor, which is absent', ['constructor', ...FLOOR]),
  listed('names __proto__, which is absent', ['__proto__', ...FLOOR]),
  listed('names hasownproperty, which is absent', ['hasownproperty', ...FLOOR]),
  listed('names :path', [':path', ...FLOOR]),
  listed('names :authority', [':authority', ...FLOOR]),
  listed('is unsorted', ['x-partner-date', 'host', 'x-partner-nonce']),
  listed('is in upper case', ['HOST', 'x-partner-date', 'x-partner-nonce']),
  listed('names host twice', ['host', ...FLOOR]),
  listed('has an empty entry (;;)', ['host', '', 'x-partner-date', 'x-partner-nonce']),
  listed('starts with a semicolon', ['', ...FLOOR]),
  listed('ends in a semicolon', [...FLOOR, '']),
  listed('holds a name that is no token', ['h(st)', ...FLOOR]),
  listed('is empty', [], MALFORMED),
  listed('holds a comma', ['a,b', ...FLOOR], MALFORMED),
  {
    id: 'A13',
    name: 'SignedHeaders of 64 names',
    sign: { headers: Array.from({ length: 61 }, (_, i) => [`h-${100 + i}`, 'x']) },
    expected: accepted({ signed: { 'h-100': 'x', 'h-160': 'x' } }),
  },
  {
    id: 'A13',
    name: 'SignedHeaders of 65 names',
    sign: { headers: Array.from({ length: 62 }, (_, i) => [`h-${100 + i}`, 'x']) },
    expected: LIST,
  },
  {
    id: 'A13',
    name: 'headers named __proto__, constructor and tostring are headers like any other',
    sign: {
      headers: [
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['toString', 't'],
      ],
    },
    expected: accepted({ signed: { constructor: 'c', tostring: 't', valueof: undefined } }),
  },
  {
    id: 'A13',
    name: 'a list that leaves one out',
    send: replaceAuthorization(';x-partner-nonce', ''),
    expected: NOT_SIGNED,
  },
]

const COVERAGE: readonly Attack[] = [
  {
    id: 'A14',
    name: 'host is not signed',
    sign: { signedHeaders: ['x-partner-date', 'x-partner-nonce'] },
    expected: NOT_SIGNED,
  },
  {
    id: 'A14',
    name: 'the date is not signed',
    sign: { signedHeaders: ['host', 'x-partner-nonce'] },
    expected: NOT_SIGNED,
  },
  {
    id: 'A14',
    name: 'the nonce is not signed',
    sign: { signedHeaders: ['host', 'x-partner-date'] },
    expected: NOT_SIGNED,
  },
  ...[
    'X-Partner-Anything',
    'x-partner-role',
    'X-Partner-Content-Sha256',
    'X-Amz-Copy-Source',
    'x-amz-copy-source',
    'X-AMZ-ACL',
    'X-Amz-Security-Token',
    'X-Amz-Date',
    'Idempotency-Key',
    'Content-Encoding',
    'Content-Digest',
  ].map(
    (name): Attack => ({
      id: 'A14',
      name: `${name} is not signed`,
      send: withHeaders(name, 'x'),
      expected: NOT_SIGNED,
    }),
  ),
  {
    id: 'A14',
    name: 'X-Amz-Copy-Source, signed',
    sign: { headers: [['X-Amz-Copy-Source', '/a']] },
    expected: accepted({ signed: { 'x-amz-copy-source': '/a' } }),
  },
  {
    id: 'A14',
    name: 'x-partner-* under the AWS row is not signed',
    sign: { labels: AWS_LABELS },
    send: withHeaders('X-Partner-Role', 'admin'),
    expected: NOT_SIGNED,
  },
  {
    id: 'A14',
    name: 'other headers may be unsigned and are not shown',
    send: withHeaders('X-Extra', '1'),
    expected: accepted({ signed: { 'x-extra': undefined } }),
  },
  {
    id: 'A14',
    name: 'no date header at all',
    send: request => ({ ...request, rawHeaders: request.rawHeaders.toSpliced(2, 2) }),
    expected: refused(400, 'timestamp_invalid'),
  },
]

const SCOPES: readonly Attack[] = [
  {
    id: 'A15',
    name: 'the day of the scope is not that of the date',
    sign: { scopeDate: '20261120' },
    expected: SCOPE,
  },
  {
    id: 'A15',
    name: 'the day of the scope is the next, at midnight',
    sign: { timestamp: '20261121T233541Z', scopeDate: '20261122' },
    expected: SCOPE,
  },
  { id: 'A15', name: 'another environment', sign: { environment: 'live' }, expected: SCOPE },
  { id: 'A15', name: 'the environment in upper case', sign: { environment: 'SANDBOX' }, expected: SCOPE },
  { id: 'A15', name: 'another api', sign: { api: 'payments' }, expected: SCOPE },
  { id: 'A15', name: 'another terminator', sign: { terminator: 'aws4_request' }, expected: SCOPE },
  {
    id: 'A15',
    name: 'a scope of five parts',
    sign: { api: 'orders/extra' },
    expected: SCOPE,
  },
  {
    id: 'A15',
    name: 'a scope of three parts',
    send: replaceAuthorization('/orders/', '/'),
    expected: SCOPE,
  },
  { id: 'A15', name: 'an empty environment', sign: { environment: '' }, expected: SCOPE },
  { id: 'A15', name: 'a key of another environment in the right scope', sign: LIVE_KEY, expected: SIGNATURE },
  {
    id: 'A15',
    name: 'a slash in the key id',
    sign: { keyId: 'acme_2026_a/x' },
    expected: refused(400, 'key_id_invalid'),
  },
  {
    id: 'A15',
    name: 'an escape in the key id',
    sign: { keyId: 'acme%5F2026_a' },
    expected: refused(400, 'key_id_invalid'),
  },
  {
    id: 'A15',
    name: 'the scope rewritten after signing',
    send: replaceAuthorization('/orders/', '/payments/'),
    expected: SCOPE,
  },
  {
    id: 'A15',
    name: 'the PARTNER key derivation under the AWS labels',
    sign: { labels: { ...AWS_LABELS, secretPrefix: 'PARTNER4' } },
    expected: SIGNATURE,
  },
  {
    id: 'A15',
    name: 'the AWS algorithm with the PARTNER terminator',
    sign: { labels: { ...AWS_LABELS, terminator: 'partner4_request' } },
    expected: SCOPE,
  },
  {
    id: 'A15',
    name: 'an algorithm that is not enabled',
    sign: { labels: { ...PARTNER_LABELS, algorithm: 'ACME4-HMAC-SHA256' } },
    expected: refused(401, 'credentials_missing'),
  },
  {
    id: 'A15',
    name: 'the algorithm in lower case',
    send: replaceAuthorization('PARTNER4-HMAC-SHA256', 'partner4-hmac-sha256'),
    expected: refused(401, 'credentials_missing'),
  },
  {
    id: 'A15',
    name: 'a shorter hash',
    send: replaceAuthorization('PARTNER4-HMAC-SHA256', 'PARTNER4-HMAC-SHA1'),
    expected: refused(401, 'credentials_missing'),
  },
  {
    id: 'A15',
    name: 'no Authorization',
    send: request => ({ ...request, rawHeaders: request.rawHeaders.slice(0, -2) }),
    expected: refused(401, 'credentials_missing'),
  },
  {
    id: 'A15',
    name: 'the AWS row, same secret',
    sign: { labels: AWS_LABELS },
    expected: accepted({ signed: { host: HOST, 'x-amz-date': TIMESTAMP } }),
  },
]

const SPELLINGS: readonly Attack[] = [
  {
    id: 'C9',
    name: 'signature in upper-case hex',
    send: request => replaceAuthorization(request.signature, request.signature.toUpperCase())(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'one hex digit in upper case',
    send: request =>
      replaceAuthorization(
        request.signature,
        request.signature.replace(/[a-f]/, letter => letter.toUpperCase()),
      )(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'signature in base64',
    send: request =>
      replaceAuthorization(
        request.signature,
        Buffer.from(request.signature, 'hex').toString('base64'),
      )(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'signature cut by one digit',
    send: request => replaceAuthorization(request.signature, request.signature.slice(1))(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'signature cut by one byte',
    send: request => replaceAuthorization(request.signature, request.signature.slice(2))(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'signature with digits added',
    send: request => replaceAuthorization(request.signature, `${request.signature}00`)(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'an empty signature',
    send: request => replaceAuthorization(request.signature, '')(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'a second Signature parameter',
    send: request => replaceAuthorization(/$/, `, Signature=${request.signature}`)(request),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'parameters in another order',
    send: replaceAuthorization(
      /(Credential=.*), (SignedHeaders=.*), (Signature=.*)/,
      'Signature=0, Credential=0, SignedHeaders=0',
    ),
    expected: MALFORMED,
  },
  {
    id: 'C9',
    name: 'a tab between the parameters',
    send: replaceAuthorization(', SignedHeaders', ',\tSignedHeaders'),
    expected: MALFORMED,
  },
]

export const SIGNATURE_ATTACKS: readonly Attack[] = [...LISTS, ...COVERAGE, ...SCOPES, ...SPELLINGS]
