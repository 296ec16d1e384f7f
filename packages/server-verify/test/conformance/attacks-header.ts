// A7–A9, A12: headers as they stand on the wire.
import { type Attack, accepted, byVersion, PARSER, refused, rewrite, withHeaders } from './attack.js'
import { plusFields as plus, setField } from './reframe.js'
import { HOST, TIMESTAMP } from './testbed.js'

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const INVALID = refused(400, 'header_invalid')
const TWICE = refused(400, 'duplicate_header')
const SIGNATURE = refused(401, 'invalid_credentials')
// node:http2 (nghttp2) leaves a field out that it cannot read and goes on. So an unsigned one reaches nobody, and a
// signed one is missing.
const DROPPED = refused(400, 'signed_headers_invalid')
const HOST_LINE = `Host: ${HOST}\r\n`

const TWICE_SENT: readonly Attack[] = [
  ...[
    ['Authorization', 'Bearer x'],
    ['authorization', 'PARTNER4-HMAC-SHA256 x'],
    ['X-Partner-Date', TIMESTAMP],
    ['x-partner-date', '20260101T000000Z'],
    ['X-Partner-Nonce', 'another-nonce-0001'],
  ].map(
    ([name, value]): Attack => ({
      id: 'A7',
      name: `a second ${name} (${value})`,
      send: withHeaders(name!, value!),
      expected: TWICE,
    }),
  ),
  ...[
    ['Content-Type', 'application/json'],
    ['Idempotency-Key', 'one'],
    ['X-Partner-Content-Sha256', '0'.repeat(64)],
  ].map(
    ([name, value]): Attack => ({
      id: 'A7',
      name: `${name} twice, both signed`,
      sign: {
        headers: [
          [name!, value!],
          [name!.toLowerCase(), value!],
        ],
      },
      expected: TWICE,
    }),
  ),
  {
    id: 'A7',
    name: 'a second Host',
    http1: rewrite(HOST_LINE, `${HOST_LINE}host: evil.example\r\n`),
    http2: plus(['host', HOST], ['host', 'evil.example']),
    expected: byVersion(TWICE, PARSER),
  },
  {
    id: 'A7',
    name: 'the same Host twice',
    http1: rewrite(HOST_LINE, `${HOST_LINE}${HOST_LINE}`),
    http2: plus(['host', HOST], ['host', HOST]),
    expected: byVersion(TWICE, PARSER),
  },
  {
    id: 'A7',
    name: 'an evil Host first',
    http1: rewrite(HOST_LINE, `Host: evil.example\r\n${HOST_LINE}`),
    only: '1.1',
    expected: TWICE,
  },
  {
    id: 'A7',
    name: 'another header twice is joined in wire order',
    sign: {
      headers: [
        ['X-Note', 'a'],
        ['x-note', 'b'],
      ],
    },
    expected: accepted({ signed: { 'x-note': 'a,b' } }),
  },
  {
    id: 'A7',
    name: 'another header twice, in the other order',
    sign: {
      headers: [
        ['X-Note', 'a'],
        ['X-Note', 'b'],
      ],
    },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === 'a' ? 'b' : value === 'b' ? 'a' : value)),
    }),
    expected: SIGNATURE,
  },
  {
    id: 'A7',
    name: 'a copy of a signed header added',
    sign: { headers: [['X-Note', 'a']] },
    send: withHeaders('X-Note', 'b'),
    expected: SIGNATURE,
  },
  {
    id: 'A7',
    name: 'two credentials',
    send: withHeaders('X-API-Key', 'pk_live_x'),
    expected: refused(400, 'two_credentials'),
  },
]

const FORM: readonly Attack[] = [
  {
    id: 'A8',
    name: 'a folded header (space)',
    sign: { headers: [['X-Note', 'a b']] },
    http1: rewrite('X-Note: a b', 'X-Note: a\r\n b'),
    only: '1.1',
    expected: PARSER,
  },
  {
    id: 'A8',
    name: 'a folded header (tab)',
    sign: { headers: [['X-Note', 'a b']] },
    http1: rewrite('X-Note: a b', 'X-Note: a\r\n\tb'),
    only: '1.1',
    expected: PARSER,
  },
  {
    id: 'A8',
    name: 'a folded Authorization',
    http1: rewrite(', SignedHeaders', ',\r\n SignedHeaders'),
    only: '1.1',
    expected: PARSER,
  },
  {
    id: 'A8',
    name: 'a blank before the first header',
    http1: rewrite(HOST_LINE, ` ${HOST_LINE}`),
    only: '1.1',
    expected: PARSER,
  },
  ...(
    [
      ['line feed', '\n'],
      ['carriage return', '\r'],
      ['CR LF and another header', '\r\nX-Partner-Role: admin'],
      ['NUL', '\0'],
      ['DEL', '\x7f'],
      ['vertical tab', '\v'],
      ['escape', '\x1b'],
    ] as const
  ).map(
    ([name, text]): Attack => ({
      id: 'A8',
      name: `${name} inside a value`,
      sign: { headers: [['X-Note', 'a-b']] },
      http1: rewrite('a-b', `a${text}b`),
      http2: setField('x-note', `a${text}b`),
      expected: byVersion(name.startsWith('CR LF') ? refused(400, 'header_not_signed') : PARSER, DROPPED),
    }),
  ),
  {
    id: 'A8',
    name: 'a prefixed header that is dropped takes nothing with it',
    only: '2',
    http2: plus(['x-partner-role', 'admin\0']),
    expected: accepted({ signed: { 'x-partner-role': undefined } }),
  },
  {
    id: 'A8',
    name: 'a line that ends in a bare line feed',
    only: '1.1',
    http1: rewrite(HOST_LINE, `${HOST_LINE}X-Extra: a\nX-Partner-Role: admin\r\n`),
    expected: PARSER,
  },
  {
    id: 'A9',
    name: 'a blank before the colon',
    sign: { headers: [['X-Note', 'a']] },
    http1: rewrite('X-Note:', 'X-Note :'),
    http2: plus(['x-other ', 'a']),
    expected: byVersion(PARSER, accepted({ signed: { 'x-other': undefined, 'x-other ': undefined } })),
  },
  {
    id: 'A9',
    name: 'a tab before the colon of Host',
    http1: rewrite('Host:', 'Host\t:'),
    only: '1.1',
    expected: PARSER,
  },
  {
    id: 'A9',
    name: 'no header name',
    http1: rewrite(HOST_LINE, `${HOST_LINE}: a\r\n`),
    http2: plus(['', 'a']),
    expected: byVersion(PARSER, accepted({ signed: { '': undefined } })),
  },
  {
    id: 'A9',
    name: 'no colon',
    http1: rewrite(HOST_LINE, `${HOST_LINE}X-Note\r\n`),
    only: '1.1',
    expected: PARSER,
  },
  {
    id: 'A9',
    name: 'a name with a byte above 0x7F',
    http1: rewrite(HOST_LINE, `${HOST_LINE}X-N\xe9: a\r\n`),
    http2: plus(['x-n\xe9', 'a']),
    expected: byVersion(PARSER, accepted({ signed: { 'x-n\xe9': undefined } })),
  },
  { id: 'A9', name: 'an upper-case name', only: '2', http2: plus(['X-Note', 'a']), expected: PARSER },
  { id: 'A9', name: 'a tab inside a value', sign: { headers: [['X-Note', 'a\tb']] }, expected: INVALID },
  {
    id: 'A9',
    name: 'a tab inside, signed as a space',
    sign: { headers: [['X-Note', 'a b']] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === 'a b' ? 'a\tb' : value)),
    }),
    expected: INVALID,
  },
  {
    id: 'A9',
    name: 'blanks at the ends do not count',
    sign: { headers: [['X-Note', 'a b']] },
    http1: rewrite('X-Note: a b', 'X-Note: \t a b \t '),
    only: '1.1',
    expected: accepted({ signed: { 'x-note': 'a b' } }),
  },
  {
    id: 'A9',
    name: 'inner runs of spaces are one',
    sign: { headers: [['X-Note', 'a   b']] },
    expected: accepted({ signed: { 'x-note': 'a b' } }),
  },
  {
    id: 'A9',
    name: 'byte 0xA0 at the ends is no blank',
    sign: { headers: [['X-Note', '\xa0a\xa0']] },
    expected: accepted({ signed: { 'x-note': '\xa0a\xa0' } }),
  },
  {
    id: 'A9',
    name: 'byte 0xA0 added at the end',
    sign: { headers: [['X-Note', 'a']] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === 'a' ? 'a\xa0' : value)),
    }),
    expected: SIGNATURE,
  },
  {
    id: 'A9',
    name: 'byte 0xA0 for an inner space',
    sign: { headers: [['X-Note', 'a b']] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === 'a b' ? 'a\xa0b' : value)),
    }),
    expected: SIGNATURE,
  },
  {
    id: 'A9',
    name: 'signed NFC, sent NFD',
    sign: { headers: [['X-Note', latin1('\u00e9')]] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === latin1('\u00e9') ? latin1('e\u0301') : value)),
    }),
    expected: SIGNATURE,
  },
  {
    id: 'A9',
    name: 'signed as UTF-8, sent as latin1',
    sign: { headers: [['X-Note', latin1('\u00e9')]] },
    send: request => ({
      ...request,
      rawHeaders: request.rawHeaders.map(value => (value === latin1('\u00e9') ? '\u00e9' : value)),
    }),
    expected: SIGNATURE,
  },
  {
    id: 'A9',
    name: 'an empty value',
    sign: { headers: [['X-Note', '']] },
    expected: accepted({ signed: { 'x-note': '' } }),
  },
]

const METHODS: readonly Attack[] = [
  ...['X-HTTP-Method-Override', 'x-http-method-override', 'X-HTTP-Method', 'X-Method-Override'].flatMap(
    (name): Attack[] => [
      {
        id: 'A12',
        name: `${name}, signed`,
        sign: { headers: [[name, 'DELETE']] },
        expected: refused(400, 'method_override'),
      },
      {
        id: 'A12',
        name: `${name}, not signed`,
        send: withHeaders(name, 'DELETE'),
        expected: refused(400, 'method_override'),
      },
    ],
  ),
  {
    id: 'A12',
    name: '_method in the query is a parameter like any other',
    sign: { target: '/v1/orders/A-1/statuses?_method=DELETE' },
    expected: accepted(),
  },
  {
    id: 'A12',
    name: '_method in the body is nothing',
    sign: { body: '_method=DELETE' },
    expected: accepted(),
  },
  {
    id: 'A12',
    name: 'signed GET, sent POST',
    sign: { method: 'GET' },
    send: request => ({ ...request, method: 'POST' }),
    expected: SIGNATURE,
  },
  {
    id: 'A12',
    name: 'signed POST, sent DELETE',
    send: request => ({ ...request, method: 'DELETE' }),
    expected: SIGNATURE,
  },
]

export const HEADER_ATTACKS: readonly Attack[] = [...TWICE_SENT, ...FORM, ...METHODS]
