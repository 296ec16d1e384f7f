// B8: where a request ends and the next one begins.
import { type Attack, accepted, PARSER, refused, replaced, rewrite, withHeaders } from './attack.js'
import { chunked, LENGTH_LINE, plusFields as plus } from './reframe.js'
import { HOST } from './testbed.js'

const SIGNATURE = refused(401, 'invalid_credentials')

/** Sends another body than was signed. */
function instead(sent: string): NonNullable<Attack['send']> {
  return request => ({ ...request, body: Buffer.from(sent) })
}

const body = 'x=1'
const SMUGGLED = `GET /admin HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`
export const FRAMING_ATTACKS: readonly Attack[] = [
  {
    id: 'B8',
    name: 'Content-Length and Transfer-Encoding',
    sign: { body },
    http1: text => replaced(chunked()(text), 'Transfer-Encoding', 'Content-Length: 3\r\nTransfer-Encoding'),
    http2: plus(['transfer-encoding', 'chunked']),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'Transfer-Encoding and then Content-Length',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), 'chunked\r\n', 'chunked\r\nContent-Length: 3\r\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'two lengths that differ',
    sign: { body },
    http1: rewrite(LENGTH_LINE, 'Content-Length: 3\r\nContent-Length: 0\r\n'),
    http2: plus(['content-length', '3'], ['content-length', '0']),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'the same length twice',
    sign: { body },
    http1: rewrite(LENGTH_LINE, 'Content-Length: 3\r\nContent-Length: 3\r\n'),
    http2: plus(['content-length', '3'], ['content-length', '3']),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'two lengths in one header',
    sign: { body },
    http1: rewrite(LENGTH_LINE, 'Content-Length: 3, 3\r\n'),
    http2: plus(['content-length', '3, 3']),
    expected: PARSER,
  },
  ...['+3', '-3', '0x3', '3 ', '3.0', '3e0', '', '99999999999999999999999']
    .filter(length => length !== '3 ')
    .map(
      (length): Attack => ({
        id: 'B8',
        name: `Content-Length: ${length || '(empty)'}`,
        sign: { body },
        http1: rewrite(LENGTH_LINE, `Content-Length: ${length}\r\n`),
        http2: plus(['content-length', length]),
        expected: PARSER,
      }),
    ),
  ...[
    'xchunked',
    'chunked, identity',
    'identity',
    'chunked, chunked',
    '"chunked"',
    'gzip, chunked, gzip',
  ].map(
    (coding): Attack => ({
      id: 'B8',
      name: `Transfer-Encoding: ${coding}`,
      only: '1.1',
      sign: { body },
      http1: text => replaced(chunked()(text), 'Transfer-Encoding: chunked', `Transfer-Encoding: ${coding}`),
      expected: PARSER,
    }),
  ),
  {
    id: 'B8',
    name: 'Transfer-Encoding twice, the second obfuscated',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), 'chunked\r\n', 'chunked\r\nTransfer-Encoding: x\r\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a blank before the colon of Transfer-Encoding',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), 'Transfer-Encoding:', 'Transfer-Encoding :'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a chunk size that is no number',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), /\r\n3\r\n/, '\r\n0x3\r\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a chunk size beyond 64 bits',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), /\r\n3\r\n/, '\r\n10000000000000003\r\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a chunk that is longer than its size',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), /\r\n3\r\n/, '\r\n2\r\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a bare line feed after the chunk size',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), /\r\n3\r\n/, '\r\n3\n'),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'chunks and their extensions leave no trace',
    only: '1.1',
    sign: { body: 'abcdef' },
    http1: chunked([1, 2], '', ';a=b'),
    expected: accepted({ body: Buffer.from('abcdef') }),
  },
  {
    id: 'B8',
    name: 'a length below that of the signed body: the rest is a request of nobody',
    only: '1.1',
    sign: { body: `x=1${SMUGGLED}` },
    http1: text =>
      replaced(replaced(text, LENGTH_LINE, 'Content-Length: 3\r\n'), 'Connection: close\r\n', ''),
    expected: [SIGNATURE, refused(401, 'credentials_missing')],
  },
  {
    id: 'B8',
    name: 'a signed request and one more behind it',
    only: '1.1',
    sign: { body },
    http1: text => `${replaced(text, 'Connection: close\r\n', '')}${SMUGGLED}`,
    expected: [accepted({ body: Buffer.from(body) }), refused(401, 'credentials_missing')],
  },
  {
    id: 'B8',
    name: 'a length above what comes: the connection ends',
    sign: { body },
    http1: rewrite(LENGTH_LINE, 'Content-Length: 4\r\n'),
    http2: plus(['content-length', '4']),
    hangUp: true,
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a length below what comes',
    only: '2',
    sign: { body },
    http2: plus(['content-length', '2']),
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'chunks without an end',
    only: '1.1',
    sign: { body },
    http1: text => replaced(chunked()(text), /0\r\n\r\n$/, ''),
    hangUp: true,
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'headers without an end',
    only: '1.1',
    sign: { body },
    http1: text => text.slice(0, text.indexOf('\r\n\r\n')),
    hangUp: true,
    expected: PARSER,
  },
  {
    id: 'B8',
    name: 'a connection header',
    only: '2',
    http2: plus(['connection', 'keep-alive']),
    expected: PARSER,
  },
  { id: 'B8', name: 'TE that is not trailers', only: '2', http2: plus(['te', 'gzip']), expected: PARSER },
  {
    id: 'B8',
    name: 'Upgrade to HTTP/2 in the clear is not taken',
    only: '1.1',
    http1: rewrite(
      'Connection: close',
      'Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
    ),
    expected: accepted(),
  },
  {
    id: 'B8',
    name: 'GET with a signed body',
    sign: { method: 'GET', body },
    expected: accepted({ body: Buffer.from(body) }),
  },
  {
    id: 'B8',
    name: 'GET signed without the body that comes',
    sign: { method: 'GET', body: '' },
    send: instead(body),
    expected: refused(400, 'body_not_signed'),
  },
  {
    id: 'B8',
    name: 'GET with the body left out',
    sign: { method: 'GET', body },
    send: instead(''),
    expected: SIGNATURE,
  },
  {
    id: 'B8',
    name: 'DELETE with another body',
    sign: { method: 'DELETE', body },
    send: instead('x=2'),
    expected: SIGNATURE,
  },
  {
    id: 'B8',
    name: 'Expect: 100-continue',
    sign: { body },
    send: withHeaders('Expect', '100-continue'),
    expected: accepted({ body: Buffer.from(body) }),
  },
  {
    id: 'B8',
    name: 'Expect: 100-continue, by nobody',
    sign: { keyId: 'nobody_2026', body },
    send: withHeaders('Expect', '100-continue'),
    expected: SIGNATURE,
  },
  {
    id: 'B8',
    name: 'another expectation',
    sign: { body },
    send: withHeaders('Expect', 'a-miracle'),
    expected: { kind: 'server', status: 417 },
  },
]
