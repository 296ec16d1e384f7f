import { expect, test } from 'vitest'
import { findRule, parseRule } from './scope-rule.js'

const RULES = [
  'GET,HEAD /v1/orders/* orders:read',
  'POST /v1/orders/* orders:status:write',
  'GET /v1/whoami any,thing',
].map(parseRule)

test.each([
  ['GET', '/v1/orders/A-1', ['orders:read']],
  ['HEAD', '/v1/orders/', ['orders:read']],
  ['POST', '/v1/orders/A-1/statuses', ['orders:status:write']],
  ['GET', '/v1/whoami', ['any', 'thing']],
  ['GET', '/v1/whoami/', undefined],
  ['GET', '/v1/orders', undefined],
  ['DELETE', '/v1/orders/A-1', undefined],
  ['get', '/v1/orders/A-1', undefined],
])('%s %s needs %j', (method, path, scopes) => {
  expect(findRule(RULES, method, path)?.scopes).toEqual(scopes)
})

test.each([
  '',
  'GET /v1',
  'GET v1 a',
  'get /v1 a',
  'GET /v1?x a',
  'GET /v*1 a',
  'GET  /v1 a',
  'GET /v1 a b',
  'GET /v1 a,',
  'GET /v1 "a"',
])('%j is no rule', text => {
  expect(() => parseRule(text)).toThrow('METHODS PATH SCOPES')
})
