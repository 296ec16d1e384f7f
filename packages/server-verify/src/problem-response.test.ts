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
      expect(retryable).toBe([409, 429, 503].includes(status))
    },
  )
})
