import {
  AuthenticationError,
  ConnectionError,
  OrderStatusError,
  PartnerError,
  RequestRefusedError,
  ResponseError,
  ServiceUnavailableError,
  UsageError,
} from '@countersign/sdk'
import { expect, test } from 'vitest'
import { isPartnerFailure, isProtocolFailure, toCliError } from './failure.js'

test.each([
  [new AuthenticationError('invalid_credentials', 'm', { status: 401 }), 4],
  [new AuthenticationError('clock_skew', 'm', { status: 401 }), 4],
  [new AuthenticationError('scope_missing', 'm', { status: 403 }), 4],
  [new ConnectionError('dns_failed', 'm'), 10],
  [new ConnectionError('tls_failed', 'm'), 10],
  [new ConnectionError('proxy_failed', 'm'), 10],
  [new ConnectionError('connection_refused', 'm'), 5],
  [new ConnectionError('response_timeout', 'm'), 5],
  [new ServiceUnavailableError('rate_limited', 'm', { status: 429, retryable: true }), 5],
  [new RequestRefusedError('authority_not_allowed', 'm', { status: 421 }), 2],
  [new RequestRefusedError('event_id_reused', 'm', { status: 422 }), 3],
  [new ResponseError('redirect_refused', 'm'), 10],
  [new UsageError('option_invalid', 'm'), 2],
  [new OrderStatusError([]), 3],
  [new PartnerError('something_new', 'm', { retryable: true }), 5],
])('%s has an exit code and a next step', (error, exitCode) => {
  expect(isPartnerFailure(error)).toBe(true)
  expect(toCliError(error)).toMatchObject({ code: error.code, exitCode, next: expect.stringMatching(/\w/) })
})

test('other errors are not taken for those of the sdk', () => {
  expect(isPartnerFailure(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false)
  expect(isProtocolFailure(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe(false)
})
