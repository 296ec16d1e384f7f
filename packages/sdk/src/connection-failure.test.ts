import { expect, it } from 'vitest'
import { describeConnectionFailure } from './connection-failure.js'

const failed = (code: string, message: string = 'x'): Error => Object.assign(new Error(message), { code })

it.each<[string, Error, boolean, object]>([
  ['an unknown name', failed('ENOTFOUND'), false, { code: 'dns_failed', retryable: false, notSent: true }],
  [
    'a name server that is busy',
    failed('EAI_AGAIN'),
    false,
    { code: 'dns_failed', retryable: true, notSent: true },
  ],
  [
    'a closed port',
    failed('ECONNREFUSED'),
    false,
    { code: 'connection_refused', retryable: true, notSent: true },
  ],
  [
    'a closed port on every address',
    new AggregateError([failed('ECONNREFUSED')]),
    false,
    { code: 'connection_refused' },
  ],
  [
    'no connection in time',
    failed('UND_ERR_CONNECT_TIMEOUT'),
    false,
    { code: 'connect_timeout', notSent: true },
  ],
  [
    'no answer in time',
    failed('UND_ERR_HEADERS_TIMEOUT'),
    true,
    { code: 'response_timeout', notSent: false },
  ],
  ['a reset', failed('ECONNRESET'), true, { code: 'connection_lost', retryable: true, notSent: false }],
  [
    'a reset while connecting',
    failed('ECONNRESET'),
    false,
    { code: 'connection_failed', retryable: true, notSent: true },
  ],
  [
    'a certificate of another host',
    failed('ERR_TLS_CERT_ALTNAME_INVALID'),
    false,
    { code: 'tls_failed', retryable: false },
  ],
  ['an expired certificate', failed('CERT_HAS_EXPIRED'), false, { code: 'tls_failed', retryable: false }],
  [
    'a proxy that says no',
    failed('UND_ERR_ABORTED', 'Proxy response (403) !== 200 when HTTP Tunneling'),
    false,
    { code: 'proxy_failed', retryable: false },
  ],
  [
    'something without a code',
    new Error('surprise'),
    true,
    { code: 'connection_lost', retryable: true, notSent: false },
  ],
])('%s', (_, error, sent, expected) => {
  const described = describeConnectionFailure(error, 'api.example.com', sent)
  expect(described).toMatchObject(expected)
  expect(described.message).toMatch(/^No answer from api\.example\.com: /)
})
