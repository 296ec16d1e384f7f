// A5, A6: for which host a request is.
import {
  type Attack,
  accepted,
  byVersion,
  PARSER,
  refused,
  replaced,
  rewrite,
  withHeaders,
} from './attack.js'
import { plusFields as plus, setField, withoutField as without } from './reframe.js'
import { HOST } from './testbed.js'

const INVALID = refused(400, 'header_invalid')
const SIGNATURE = refused(401, 'invalid_credentials')
const NOT_SERVED = refused(421, 'authority_not_allowed')
const HOST_LINE = `Host: ${HOST}\r\n`

export const HOST_ATTACKS: readonly Attack[] = [
  { id: 'A5', name: 'a host that is not served', sign: { host: 'evil.example' }, expected: NOT_SERVED },
  { id: 'A5', name: 'another port', sign: { host: `${HOST}:8443` }, expected: NOT_SERVED },
  { id: 'A5', name: 'the default port written out', sign: { host: `${HOST}:80` }, expected: NOT_SERVED },
  { id: 'A5', name: 'a dot at the end', sign: { host: `${HOST}.` }, expected: NOT_SERVED },
  {
    id: 'A5',
    name: 'two hosts in one header',
    sign: { host: `${HOST}, evil.example` },
    expected: byVersion(NOT_SERVED, PARSER),
  },
  {
    id: 'A5',
    name: 'user information',
    sign: { host: `evil@${HOST}` }, // From Node 22 on nghttp2 resets the stream.
    expected: byVersion(NOT_SERVED, { kind: 'parser', or: NOT_SERVED }),
  },
  {
    id: 'A5',
    name: 'a path in the host',
    sign: { host: `${HOST}/v1` },
    expected: byVersion(NOT_SERVED, PARSER),
  },
  { id: 'A5', name: 'an empty host', sign: { host: '' }, expected: byVersion(INVALID, PARSER) },
  {
    id: 'A5',
    name: 'upper case is the same host, signed as sent',
    sign: { host: HOST.toUpperCase() },
    expected: accepted({ signed: { host: HOST.toUpperCase() } }),
  },
  {
    id: 'A5',
    name: 'signed for one served host, sent to another',
    send: request => ({ ...request, rawHeaders: request.rawHeaders.with(1, 'second.example.com') }),
    expected: SIGNATURE,
  },
  ...[
    ['X-Forwarded-Host', HOST],
    ['Forwarded', `host=${HOST}`],
    ['X-Original-Host', HOST],
    ['X-Host', HOST],
  ].map(
    ([name, value]): Attack => ({
      id: 'A5',
      name: `${name} does not make up for a host that is not served`,
      sign: { host: 'evil.example', headers: [[name!, value!]] },
      expected: NOT_SERVED,
    }),
  ),
  {
    id: 'A5',
    name: 'X-Forwarded-Host and X-Forwarded-Uri change nothing',
    send: withHeaders(
      'X-Forwarded-Host',
      'evil.example',
      'X-Forwarded-Uri',
      '/admin',
      'X-Original-Url',
      '/admin',
    ),
    expected: accepted({ signed: { host: HOST, 'x-forwarded-host': undefined } }),
  },
  {
    id: 'A5',
    name: ':authority differs from Host',
    only: '2',
    http2: plus(['host', 'evil.example']),
    expected: byVersion(PARSER, INVALID),
  },
  {
    id: 'A5',
    name: 'Host is served, :authority is not',
    only: '2',
    http2: message => plus(['host', HOST])(setField(':authority', 'evil.example')(message)),
    expected: INVALID,
  },
  { id: 'A5', name: 'Host equals :authority', only: '2', http2: plus(['host', HOST]), expected: accepted() },
  {
    id: 'A5',
    name: 'Host instead of :authority',
    only: '2',
    http2: message => plus(['host', HOST])(without(':authority')(message)),
    expected: accepted(),
  },
  {
    id: 'A5',
    name: ':authority twice',
    only: '2',
    http2: message => ({ ...message, fields: [[':authority', 'evil.example'], ...message.fields] }),
    expected: PARSER,
  },
  {
    id: 'A5',
    name: 'a pseudo-header after the others',
    only: '2',
    http2: plus([':authority', 'evil.example']),
    expected: PARSER,
  },
  {
    id: 'A5',
    name: 'an unknown pseudo-header',
    only: '2',
    http2: message => ({ ...message, fields: [[':host', HOST], ...message.fields] }),
    expected: PARSER,
  },
  {
    id: 'A5',
    name: ':path twice',
    only: '2',
    http2: message => ({ ...message, fields: [[':path', '/admin'], ...message.fields] }),
    expected: PARSER,
  },
  {
    id: 'A6',
    name: 'no host',
    http1: rewrite(HOST_LINE, ''),
    http2: without(':authority'),
    expected: PARSER,
  },
  {
    id: 'A6',
    name: 'HTTP/1.0 without Host',
    only: '1.1',
    http1: text => replaced(replaced(text, HOST_LINE, ''), 'HTTP/1.1', 'HTTP/1.0'),
    expected: INVALID,
  },
  {
    id: 'A6',
    name: 'HTTP/1.0 with X-Forwarded-Host for Host',
    only: '1.1',
    http1: text => replaced(replaced(text, 'Host:', 'X-Forwarded-Host:'), 'HTTP/1.1', 'HTTP/1.0'),
    expected: INVALID,
  },
  {
    id: 'A6',
    name: 'HTTP/1.0 with Host',
    only: '1.1',
    http1: rewrite('HTTP/1.1', 'HTTP/1.0'),
    expected: accepted(),
  },
  { id: 'A6', name: 'HTTP/3.0', only: '1.1', http1: rewrite('HTTP/1.1', 'HTTP/3.0'), expected: PARSER },
]
