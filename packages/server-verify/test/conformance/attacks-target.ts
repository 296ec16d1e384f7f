// A1–A4, A10, A11: the request target.
import { type Attack, type AttackId, accepted, byVersion, type Outcome, PARSER, refused } from './attack.js'

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const PATH = '/v1/orders/A-1/statuses'
const TARGET = refused(400, 'target_not_canonical')
const QUERY = refused(400, 'query_not_canonical')
const SIGNATURE = refused(401, 'invalid_credentials')

type Expected = Attack['expected']

/** The target is signed exactly as it is sent: only its form can be the reason. */
function asSigned(id: AttackId, name: string, target: string, expected: Expected): Attack {
  return { id, name, sign: { target }, expected }
}

/** One target is signed, another one sent. */
function instead(id: AttackId, signed: string, sent: string, expected: Outcome): Attack {
  return {
    id,
    name: `signed ${signed}, sent ${sent}`,
    sign: { target: signed },
    send: request => ({ ...request, target: sent }),
    expected,
  }
}

const ESCAPES: readonly Attack[] = [
  '/v1/orders/A%2F1/statuses',
  '/v1/orders/A%2f1/statuses',
  '/v1/orders/A%5C1/statuses',
  '/v1/orders/A%00/statuses',
  '/v1/orders/%41-1/statuses',
  '/v1/orders/A%2D1/statuses',
  '/v1/orders/A%252F1/statuses',
  '/v1/orders/A%20B/statuses',
  '/v1/orders/A%0D%0AX/statuses',
  '/v1/orders/%ZZ/statuses',
  '/v1/orders/%/statuses',
  '/v1/orders/%2',
  '/v1/orders/%u002f/statuses',
  '//v1/orders',
  '//evil.example/v1/orders',
  '/v1//orders',
  '/v1/orders//',
  '/v1/orders;a=b/A-1',
  '/v1/orders/A:1',
  '/v1/orders/A@1',
  '/v1/orders/A+1',
  '/v1/orders/A*1',
].map(target => asSigned('A1', `path ${target}`, target, TARGET))

const TARGETS: readonly Attack[] = [
  ...ESCAPES,
  asSigned('A1', 'a backslash in the path', '/v1\\orders', TARGET),
  asSigned('A1', 'a trailing slash is a path of its own', `${PATH}/`, accepted()),
  instead('A2', '/v1/orders/A/1/statuses', '/v1/orders/A%2F1/statuses', TARGET),
  instead('A2', '/v1/orders/A%2F1/statuses', '/v1/orders/A/1/statuses', SIGNATURE),
  instead('A2', '/v1/orders/A-1', '/v1/orders/A%2D1', TARGET),
  instead('A2', PATH, `${PATH}/`, SIGNATURE),
  instead('A2', `${PATH}/`, PATH, SIGNATURE),
  instead('A2', PATH, PATH.toUpperCase(), SIGNATURE),
  instead('A2', `/api${PATH}`, PATH, SIGNATURE),
  instead('A2', '/o/1', '/admin/%2e%2e/o/1', TARGET),
  ...[
    '/v1/./orders',
    '/v1/../admin',
    '/v1/orders/..',
    '/v1/orders/.',
    '/..',
    '/v1/%2e%2e/admin',
    '/v1/%2E/orders',
    '/v1/.%2e/a',
    '/v1/..;/admin',
  ].map(target => asSigned('A3', `dot segment ${target}`, target, TARGET)),
  instead('A3', '/v1/admin', '/v1/orders/../admin', TARGET),
  asSigned('A3', 'names that start with dots are names', '/v1/.../.well-known/..a', accepted()),
]

const FORMS: readonly Attack[] = [
  asSigned('A4', 'absolute-form', `http://api.example.com${PATH}`, byVersion(TARGET, PARSER)),
  asSigned('A4', 'absolute-form, https', `https://api.example.com${PATH}`, byVersion(TARGET, PARSER)),
  asSigned('A4', 'absolute-form with another host', `http://evil.example${PATH}`, byVersion(TARGET, PARSER)),
  {
    id: 'A4',
    name: 'signed in origin form, sent in absolute-form',
    sign: { target: PATH },
    send: request => ({ ...request, target: `http://api.example.com${PATH}` }),
    expected: byVersion(TARGET, PARSER),
  },
  { id: 'A4', name: 'authority-form with POST', sign: { target: 'api.example.com:443' }, expected: PARSER },
  {
    id: 'A4',
    name: 'authority-form with CONNECT',
    sign: { method: 'CONNECT', target: 'api.example.com:443', body: '' },
    expected: PARSER,
  },
  { id: 'A4', name: '* with OPTIONS', sign: { method: 'OPTIONS', target: '*', body: '' }, expected: TARGET },
  { id: 'A4', name: '* with POST', sign: { target: '*' }, expected: byVersion(TARGET, PARSER) },
  { id: 'A4', name: 'a path without its slash', sign: { target: 'v1/orders' }, expected: PARSER },
  { id: 'A4', name: 'a query without a path', sign: { target: '?a=1' }, expected: PARSER },
  { id: 'A4', name: 'nothing', sign: { target: '' }, expected: PARSER },
  asSigned('A4', 'fragment', `${PATH}#fragment`, TARGET),
  asSigned('A4', 'fragment after a query', `${PATH}?a=1#fragment`, TARGET),
  asSigned('A4', 'a lone #', `${PATH}#`, TARGET),
  instead('A4', PATH, `${PATH}#fragment`, TARGET),
]

const QUERIES: readonly Attack[] = [
  ...[
    ['unsorted', 'b=1&a=2'],
    ['unsorted by bytes: a-b before a', 'a-b=1&a=2&B=1'],
    ['a name twice', 'a=1&a=2'],
    ['a name and value twice', 'a=1&a=1'],
    ['a plus', 'a=b+c'],
    ['lower-case hex', 'a=%c3%a9'],
    ['half lower-case hex', 'a=%C3%a9'],
    ['bad escape', 'a=%zz'],
    ['cut escape', 'a=%2'],
    ['a lone percent', 'a=%'],
    ['semicolon as separator', 'a=1;b=2'],
    ['no equals sign', 'a'],
    ['no equals sign in the second', 'a=1&b'],
    ['two equals signs', 'a=1=2'],
    ['no name', '=1'],
    ['empty pair first', '&a=1'],
    ['empty pair last', 'a=1&'],
    ['empty pair inside', 'a=1&&b=2'],
    ['needless escape', 'a=%41'],
    ['needless escape in the name', '%61=1'],
    ['a second question mark', 'a=1?b=2'],
    ['brackets', 'a[]=1'],
    ['a slash', 'next=/etc'],
    ['%u escape', 'a=%u0041'],
    ['quotation mark', 'a="b"'],
    ['comma', 'a=1,2'],
  ].map(([name, query]) => asSigned('A10', `query: ${name} (?${query})`, `${PATH}?${query}`, QUERY)),
  asSigned('A10', 'an empty query', `${PATH}?`, TARGET),
  instead('A10', PATH, `${PATH}?`, TARGET),
  instead('A10', `${PATH}?a=1&b=2`, `${PATH}?b=2&a=1`, QUERY),
  instead('A10', `${PATH}?a=b%20c`, `${PATH}?a=b+c`, QUERY),
  instead('A10', `${PATH}?a=%C3%A9`, `${PATH}?a=%c3%a9`, QUERY),
  instead('A10', `${PATH}?a=`, `${PATH}?a`, QUERY),
  instead('A10', `${PATH}?a=1`, `${PATH}?a=1&a=2`, QUERY),
  instead('A10', `${PATH}?a=1`, `${PATH}?a=2`, SIGNATURE),
  instead('A10', `${PATH}?a=1`, PATH, SIGNATURE),
  instead('A10', PATH, `${PATH}?a=1`, SIGNATURE),
  asSigned(
    'A10',
    'canonical: space, plus, empty value, prefix names',
    `${PATH}?a=%20%2B&a-b=&ab=1`,
    accepted(),
  ),
  asSigned(
    'A10',
    'a signature in the query besides the header',
    `${PATH}?X-Amz-Signature=0`,
    refused(400, 'two_credentials'),
  ),
  {
    id: 'A10',
    name: 'a signature in the query alone',
    sign: { target: `${PATH}?X-Partner-Signature=0` },
    send: request => ({ ...request, rawHeaders: request.rawHeaders.slice(0, -2) }),
    expected: refused(400, 'authorization_malformed'),
  },
  {
    id: 'A10',
    name: 'a form in the body does not become part of the query',
    sign: {
      target: `${PATH}?a=1`,
      body: 'a=2&b=3',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    },
    expected: accepted({ body: Buffer.from('a=2&b=3') }),
  },
]

const UNICODE: readonly Attack[] = [
  asSigned(
    'A11',
    'bytes above 0x7F in the path (NFC)',
    `/v1/orders/${latin1('\u00e9')}`,
    byVersion(PARSER, TARGET),
  ),
  asSigned(
    'A11',
    'bytes above 0x7F in the path (NFD)',
    `/v1/orders/${latin1('e\u0301')}`,
    byVersion(PARSER, TARGET),
  ),
  asSigned('A11', 'bytes above 0x7F in the query', `${PATH}?a=${latin1('\u00e9')}`, byVersion(PARSER, QUERY)),
  asSigned('A11', 'overlong UTF-8 for a slash in the path', '/v1/%C0%AFadmin', TARGET),
  instead('A11', `${PATH}?a=%C3%A9`, `${PATH}?a=e%CC%81`, SIGNATURE),
  instead('A11', `${PATH}?a=e%CC%81`, `${PATH}?a=%C3%A9`, SIGNATURE),
  instead('A11', `${PATH}?a=%EF%BF%BD`, `${PATH}?a=%FF`, SIGNATURE),
  instead('A11', `${PATH}?a=%2F`, `${PATH}?a=%C0%AF`, SIGNATURE),
  instead('A11', `${PATH}?a=%EF%BF%BD`, `${PATH}?a=%ED%A0%80`, SIGNATURE),
  asSigned('A11', 'a query is bytes: no UTF-8 is asked for', `${PATH}?a=%FF&b=%ED%A0%80`, accepted()),
]

export const TARGET_ATTACKS: readonly Attack[] = [...TARGETS, ...FORMS, ...QUERIES, ...UNICODE]
