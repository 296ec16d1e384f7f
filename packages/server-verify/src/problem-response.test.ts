import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DependencyError, VerificationError } from './errors.js'
import { toProblem } from './problem-response.js'
import { PROBLEM_KINDS } from './verification-error-codes.js'

describe('toProblem', () => {
  it('an unknown error tells nothing of itself', () => {
    const answer = toProblem(new Error('password=hunter2'), { requestId: 'r-1' })
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'x-request-id': 'r-1' } })
    expect(answer.body).toMatchObject({
      code: 'internal_error',
      retryable: true,
      requestId: 'r-1',
      errors: [],
    })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('private detail, dependency and cause stay inside', () => {
    const cause = new Error('secret-cause')
    for (const error of [
      new VerificationError('invalid_credentials', { detail: 'secret-detail', cause }),
      new DependencyError('dependency_unavailable', { dependency: 'secret-store', cause }),
    ])
      expect(JSON.stringify(toProblem(error, { requestId: 'r-1' }))).not.toContain('secret-')
  })

  it('is a problem of RFC 9457 that no cache keeps', () => {
    expect(toProblem(new VerificationError('scope_missing'), { requestId: 'r-1' })).toEqual({
      status: 403,
      headers: {
        ...{ 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'x-request-id': 'r-1' },
      },
      body: {
        ...{ type: 'about:blank#scope_missing', title: 'The credential lacks a scope', status: 403 },
        ...{ detail: 'The credential lacks a scope', code: 'scope_missing', retryable: false },
        ...{ requestId: 'r-1', errors: [] },
      },
    })
  })

  it('carries what the verifier set: request id, challenge, time, waiting time, quota, explanation', () => {
    const error = new VerificationError('clock_skew', { retryAfter: 3 })
    error.requestId = 'r-2'
    error.challenge = 'PARTNER4-HMAC-SHA256 realm="orders"'
    error.serverTimeMs = Date.UTC(2026, 10, 21, 23, 30, 40)
    error.headers = new Map([['ratelimit', '"partner";r=0;t=7']])
    error.explanation = { canonicalRequest: 'GET', stringToSign: 'PARTNER4' }
    const { headers, body } = toProblem(error, { requestId: 'r-1' })
    expect(headers).toEqual({
      ...{ 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'x-request-id': 'r-2' },
      ...{ 'www-authenticate': 'PARTNER4-HMAC-SHA256 realm="orders"', date: 'Sat, 21 Nov 2026 23:30:40 GMT' },
      ...{ 'retry-after': '3', ratelimit: '"partner";r=0;t=7' },
    })
    expect(body).toMatchObject({ requestId: 'r-2', explanation: error.explanation })
  })

  it('an outage says when to come back, under the request id of the verifier', () => {
    const error = new DependencyError('replay_guard_full', { dependency: 'replay guard', retryAfter: 5 })
    error.requestId = 'r-2'
    expect(toProblem(error, { requestId: 'r-1' })).toMatchObject({
      ...{ status: 503, headers: { 'retry-after': '5', 'x-request-id': 'r-2' } },
      body: {
        ...{ type: 'about:blank#replay_guard_full', title: 'The service is temporarily unavailable' },
        ...{ code: 'replay_guard_full', requestId: 'r-2', retryable: true, errors: [] },
        detail: 'The service cannot take note of more requests now. Sign again and retry.',
      },
    })
  })

  it('names the part that is wrong', () => {
    const error = new VerificationError('header_not_signed', { part: 'host', message: 'Sign host.' })
    expect(toProblem(error, { requestId: 'r-1' }).body.errors).toEqual([
      { part: 'host', code: 'header_not_signed', detail: 'Sign host.' },
    ])
  })

  it.each(Object.entries(PROBLEM_KINDS))(
    '%s stands in spec/errors.md with its status',
    (code, { status, retryable }) => {
      const text = readFileSync(join(import.meta.dirname, '../../../spec/errors.md'), 'utf8')
      const line = text.split('\n').find(row => row.startsWith(`| \`${code}\` |`))
      expect(line).toContain(`| ${status} |`)
      expect(retryable).toBe([409, 429, 503].includes(status) || code === 'use_dpop_nonce')
    },
  )
})
