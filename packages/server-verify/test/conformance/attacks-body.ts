// B1–B5, B7, B9: the body and its hash.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  type Attack,
  accepted,
  type Outcome,
  PARSER,
  refused,
  replaced,
  rewrite,
  withHeaders,
} from './attack.js'
import { chunked, LENGTH_LINE } from './reframe.js'
import { BODY_LIMIT, HOST } from './testbed.js'
import type { Field, Http2Message } from './wire-message.js'

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const SIGNATURE = refused(401, 'invalid_credentials')
const TOO_LARGE = refused(413, 'body_too_large')
const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex')

/** Sends another body than was signed. */
function instead(body: string | Buffer): NonNullable<Attack['send']> {
  return request => ({ ...request, body: Buffer.from(body) })
}

function withTrailers(...trailers: readonly Field[]): (message: Http2Message) => Http2Message {
  return message => ({ ...message, trailers })
}

function hashHeader(
  value: string,
  body: string,
  expected: Outcome,
  payloadHash?: string,
): Omit<Attack, 'id' | 'name'> {
  const sign = { body, headers: [['X-Partner-Content-Sha256', value]] as const }
  return { sign: payloadHash === undefined ? sign : { ...sign, payloadHash }, expected }
}

const TOKENS: readonly Attack[] = [
  ...[
    'UNSIGNED-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ].flatMap((token): Attack[] => [
    {
      id: 'B1',
      name: `${token} in the header and signed`,
      ...hashHeader(token, 'x', refused(400, 'unsigned_payload'), token),
    },
    {
      id: 'B1',
      name: `${token} signed, without the header`,
      sign: { body: 'x', payloadHash: token },
      expected: SIGNATURE,
    },
  ]),
  {
    id: 'B1',
    name: 'no payload-hash header is no way out',
    sign: { body: 'x', payloadHash: EMPTY_HASH },
    expected: refused(400, 'body_not_signed'),
  },
  {
    id: 'B1',
    name: 'the empty hash with a body, by nobody',
    sign: { keyId: 'nobody_2026', body: 'x', payloadHash: EMPTY_HASH },
    expected: SIGNATURE,
  },
  {
    id: 'B1',
    name: 'the empty hash in the header with a body',
    ...hashHeader(EMPTY_HASH, 'x', refused(400, 'body_not_signed'), EMPTY_HASH),
  },
  { id: 'B1', name: 'an empty payload hash', sign: { body: 'x', payloadHash: '' }, expected: SIGNATURE },
  {
    id: 'B2',
    name: 'the header holds the hash of another body, the signature that of this one',
    ...hashHeader(sha256('y'), 'x', refused(400, 'payload_hash_mismatch')),
  },
  {
    id: 'B2',
    name: 'header and signature hold the hash of another body',
    ...hashHeader(sha256('y'), 'x', SIGNATURE, sha256('y')),
  },
  {
    id: 'B2',
    name: 'the right hash in upper case',
    ...hashHeader(sha256('x').toUpperCase(), 'x', refused(400, 'payload_hash_mismatch')),
  },
  {
    id: 'B2',
    name: 'a hash that is cut',
    ...hashHeader(sha256('x').slice(2), 'x', refused(400, 'payload_hash_mismatch')),
  },
  {
    id: 'B2',
    name: 'an empty payload-hash header',
    ...hashHeader('', 'x', refused(400, 'payload_hash_mismatch')),
  },
  {
    id: 'B2',
    name: 'the right hash, not signed',
    sign: { body: 'x' },
    send: withHeaders('X-Partner-Content-Sha256', sha256('x')),
    expected: refused(400, 'header_not_signed'),
  },
  { id: 'B2', name: 'the right hash', ...hashHeader(sha256('x'), 'x', accepted({ body: Buffer.from('x') })) },
  { id: 'B2', name: 'one byte more', sign: { body: 'abc' }, send: instead('abc\n'), expected: SIGNATURE },
  { id: 'B2', name: 'one byte less', sign: { body: 'abc' }, send: instead('ab'), expected: SIGNATURE },
  { id: 'B2', name: 'the body left out', sign: { body: 'abc' }, send: instead(''), expected: SIGNATURE },
]

const TRAILERS: readonly Attack[] = [
  {
    id: 'B3',
    name: 'trailers that repeat signed headers are not looked at',
    sign: { body: 'abc', headers: [['X-Note', 'good']] },
    http1: chunked([], 'X-Note: evil\r\nX-Partner-Role: admin\r\nHost: evil.example\r\n'),
    http2: withTrailers(['x-note', 'evil'], ['x-partner-role', 'admin']),
    expected: accepted({
      signed: { 'x-note': 'good', 'x-partner-role': undefined, host: HOST },
      body: Buffer.from('abc'),
    }),
  },
  {
    id: 'B3',
    name: 'a signed header that comes as a trailer only',
    sign: { body: 'abc', headers: [['X-Note', 'late']] },
    http1: text => replaced(chunked([], 'X-Note: late\r\n')(text), 'X-Note: late\r\n', ''),
    http2: message => ({
      ...message,
      fields: message.fields.filter(([name]) => name !== 'x-note'),
      trailers: [['x-note', 'late']],
    }),
    expected: refused(400, 'signed_headers_invalid'),
  },
  {
    id: 'B3',
    name: 'Authorization as a trailer',
    sign: { body: 'abc' },
    http1: text => {
      const line = /Authorization: .*\r\n/.exec(text)![0]
      return chunked([], line)(replaced(text, line, ''))
    },
    http2: message => ({
      ...message,
      fields: message.fields.filter(([name]) => name !== 'authorization'),
      trailers: message.fields.filter(([name]) => name === 'authorization'),
    }),
    expected: refused(401, 'credentials_missing'),
  },
  {
    id: 'B3',
    name: 'a pseudo-header as a trailer',
    only: '2',
    sign: { body: 'abc' },
    http2: withTrailers([':path', '/admin']),
    expected: PARSER,
  },
]

const LIMITS: readonly Attack[] = [
  ...(
    [
      [BODY_LIMIT - 1, 'accepted'],
      [BODY_LIMIT, 'accepted'],
      [BODY_LIMIT + 1, '413'],
      [16 * BODY_LIMIT, '413'],
    ] as const
  ).flatMap(([length, outcome]): Attack[] => {
    const body = Buffer.alloc(length, 'x')
    const expected = outcome === '413' ? TOO_LARGE : accepted({ body })
    return [
      { id: 'B4', name: `limit ${BODY_LIMIT}, ${length} bytes`, sign: { body }, expected },
      {
        id: 'B4',
        name: `limit ${BODY_LIMIT}, ${length} bytes in chunks without a length`,
        only: '1.1',
        sign: { body },
        http1: chunked([1, 1000, 1, BODY_LIMIT - 1002]),
        expected,
      },
    ]
  }),
  {
    id: 'B4',
    name: 'signed up to the limit, sent with one byte more',
    sign: { body: 'x'.repeat(BODY_LIMIT) },
    send: instead('x'.repeat(BODY_LIMIT + 1)),
    expected: TOO_LARGE,
  },
  {
    id: 'B4',
    name: 'signed a prefix, sent all',
    sign: { body: 'abc' },
    send: instead('abcdef'),
    expected: SIGNATURE,
  },
  { id: 'B4', name: '4 MiB', sign: { body: Buffer.alloc(4 << 20) }, expected: TOO_LARGE },
  {
    id: 'B4',
    name: 'a declared length over the limit is answered before the body comes',
    only: '1.1',
    sign: { body: 'x' },
    http1: text =>
      replaced(text, LENGTH_LINE, 'Content-Length: 999999999\r\nExpect: 100-continue\r\n').slice(0, -1),
    expected: TOO_LARGE,
  },
  {
    id: 'B4',
    name: 'a declared length far over the limit: answered before it is all there',
    only: '1.1',
    sign: { body: 'x'.repeat(BODY_LIMIT + 1) },
    http1: rewrite(LENGTH_LINE, 'Content-Length: 999999999\r\n'),
    expected: TOO_LARGE,
  },
]

const GZIPPED = gzipSync('{"status":"shipped"}')
const BOMB = gzipSync(Buffer.alloc(1 << 20))
const CODINGS: readonly Attack[] = [
  {
    id: 'B5',
    name: 'gzip, signed over the bytes on the wire',
    sign: { body: GZIPPED, headers: [['Content-Encoding', 'gzip']] },
    expected: accepted({ body: GZIPPED, signed: { 'content-encoding': 'gzip' } }),
  },
  {
    id: 'B5',
    name: 'gzip, signed over the decoded bytes',
    sign: { body: '{"status":"shipped"}', headers: [['Content-Encoding', 'gzip']] },
    send: instead(GZIPPED),
    expected: SIGNATURE,
  },
  {
    id: 'B5',
    name: 'Content-Encoding not signed',
    sign: { body: GZIPPED },
    send: withHeaders('Content-Encoding', 'gzip'),
    expected: refused(400, 'header_not_signed'),
  },
  {
    id: 'B5',
    name: 'Content-Encoding: identity added',
    sign: { body: 'x' },
    send: withHeaders('content-encoding', 'identity'),
    expected: refused(400, 'header_not_signed'),
  },
  {
    id: 'B5',
    name: 'a bomb stays what came',
    sign: { body: BOMB, headers: [['Content-Encoding', 'gzip']] },
    expected: accepted({ body: BOMB }),
  },
]

const FFFD = Buffer.from([0xef, 0xbf, 0xbd])
const BYTES: readonly Attack[] = [
  {
    id: 'B7',
    name: 'signed U+FFFD, sent 0xFF',
    sign: { body: FFFD },
    send: instead(Buffer.from([0xff])),
    expected: SIGNATURE,
  },
  {
    id: 'B7',
    name: 'signed 0xFF, sent U+FFFD',
    sign: { body: Buffer.from([0xff]) },
    send: instead(FFFD),
    expected: SIGNATURE,
  },
  {
    id: 'B7',
    name: '0xFF as it is',
    sign: { body: Buffer.from([0xff, 0, 0x80]) },
    expected: accepted({ body: Buffer.from([0xff, 0, 0x80]) }),
  },
  { id: 'B7', name: 'a BOM added', sign: { body: '{}' }, send: instead('\ufeff{}'), expected: SIGNATURE },
  {
    id: 'B7',
    name: 'a BOM taken away',
    sign: { body: '\ufeff{}' },
    send: instead('{}'),
    expected: SIGNATURE,
  },
  {
    id: 'B7',
    name: 'a BOM as it is',
    sign: { body: '\ufeff{}' },
    expected: accepted({ body: Buffer.from('\ufeff{}') }),
  },
  {
    id: 'B7',
    name: 'signed NFC, sent NFD',
    sign: { body: '\u00e9' },
    send: instead('e\u0301'),
    expected: SIGNATURE,
  },
  { id: 'B7', name: 'LF made CR LF', sign: { body: 'a\nb' }, send: instead('a\r\nb'), expected: SIGNATURE },
  {
    id: 'B7',
    name: 'JSON with other blanks',
    sign: { body: '{"a":1}' },
    send: instead('{ "a": 1 }'),
    expected: SIGNATURE,
  },
  {
    id: 'B7',
    name: 'JSON with a name twice and __proto__ arrives as bytes',
    sign: { body: '{"a":1,"a":2,"__proto__":{"x":1}}', headers: [['Content-Type', 'application/json']] },
    expected: accepted({ body: Buffer.from('{"a":1,"a":2,"__proto__":{"x":1}}') }),
  },
  {
    id: 'B7',
    name: 'broken JSON arrives as bytes',
    sign: { body: '{"a":', headers: [['Content-Type', 'application/json']] },
    expected: accepted({ body: Buffer.from('{"a":') }),
  },
]

const TYPES: readonly Attack[] = [
  {
    id: 'B9',
    name: 'Content-Type not signed is not shown',
    sign: { body: '{}' },
    send: withHeaders('Content-Type', 'application/json'),
    expected: accepted({ body: Buffer.from('{}'), signed: { 'content-type': undefined } }),
  },
  {
    id: 'B9',
    name: 'a signed Content-Type changed',
    sign: { headers: [['Content-Type', 'application/json']] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === 'application/json' ? 'text/plain' : value)),
    }),
    expected: SIGNATURE,
  },
  ...[
    'nonsense',
    ';;;',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'text/plain; charset=utf-16',
    'application/json; charset="',
  ].map(
    (type): Attack => ({
      id: 'B9',
      name: `Content-Type: ${type} chooses no parser`,
      sign: { body: '{"a":1}' },
      send: withHeaders('Content-Type', type),
      expected: accepted({ body: Buffer.from('{"a":1}') }),
    }),
  ),
]

export const BODY_ATTACKS: readonly Attack[] = [
  ...TOKENS,
  ...TRAILERS,
  ...LIMITS,
  ...CODINGS,
  ...BYTES,
  ...TYPES,
]
