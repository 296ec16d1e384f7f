// What every answer must look like, beyond its status.
import { expect } from 'vitest'
import type { Seen } from './adapters.js'
import type { Outcome } from './attack.js'
import { type Exchange, findHeader, type WireAnswer } from './raw-client.js'
import { NO_ERROR } from './raw-http2-client.js'

/**
 * Compares what came over one connection, and what reached the handler, with what had to come of it.
 *
 * @param refusesBare see `Adapter`
 */
export function expectOutcomes(
  exchange: Exchange,
  reached: readonly Seen[],
  outcomes: readonly Outcome[],
  refusesBare = false,
): void {
  const final = exchange.answers.filter(({ status }) => status >= 200)
  const wanted = outcomes.filter(({ kind }) => kind === 'accepted')
  const shown = `${exchange.end}, ${JSON.stringify(final)}`
  expect(reached.length, shown).toBe(wanted.length)
  for (const answer of final) expect(answer.status, shown).toBeLessThan(500)
  let next = 0
  for (const outcome of outcomes) {
    const answer = final[next]
    if (outcome.kind === 'parser') {
      expect(final.length, shown).toBeLessThanOrEqual(1)
      if (answer === undefined) expect(exchange.end).not.toBe(NO_ERROR)
      else if (outcome.or !== undefined && isProblem(answer))
        expectProblem(answer, outcome.or.status, outcome.or.code)
      else expectParserRefusal(answer)
      continue
    }
    if (answer === undefined) throw new Error(`No answer: ${shown}`)
    next++
    if (outcome.kind === 'server') expect(answer.status, shown).toBe(outcome.status)
    else if (outcome.kind === 'accepted') expectAccepted(answer, reached, outcome, shown)
    else if (!refusesBare || !isBareRefusal(answer, outcome))
      expectProblem(answer, outcome.status, outcome.code)
  }
  if (outcomes.every(({ kind }) => kind !== 'parser')) expect(final.length, shown).toBe(outcomes.length)
}

function expectAccepted(
  answer: WireAnswer,
  reached: readonly Seen[],
  outcome: Extract<Outcome, { kind: 'accepted' }>,
  shown: string,
): void {
  const [seen] = reached
  expect([answer.status, answer.body], shown).toEqual([200, seen!.caller.partnerId])
  expect(findHeader(answer, 'x-request-id')).toBe(seen!.caller.requestId)
  for (const [name, value] of Object.entries(outcome.signed ?? {}))
    expect(seen!.caller.signedHeaders.get(name), name).toBe(value)
  if (outcome.body !== undefined) expect(seen!.body.equals(outcome.body)).toBe(true)
}

/** A problem (`spec/errors.md`) with everything that belongs to one. */
export function expectProblem(answer: WireAnswer, status: number, code: string): void {
  const shown = JSON.stringify(answer)
  expect(isProblem(answer), shown).toBe(true)
  const problem = JSON.parse(answer.body)
  expect([answer.status, problem.status, problem.code], shown).toEqual([status, status, code])
  expect(problem).toEqual({
    type: `about:blank#${code}`,
    title: expect.stringMatching(/./),
    status,
    detail: expect.stringMatching(/./),
    code,
    retryable: [409, 429, 503].includes(status),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    errors: expect.any(Array),
  })
  expect(findHeader(answer, 'x-request-id')).toBe(problem.requestId)
  expect(findHeader(answer, 'cache-control')).toBe('no-store')
  expect(findHeader(answer, 'www-authenticate') !== undefined, shown).toBe(status === 401)
  expect(/^[1-9][0-9]*$/.test(findHeader(answer, 'retry-after') ?? ''), shown).toBe(
    [429, 503].includes(status),
  )
  if (code === 'clock_skew') expect(findHeader(answer, 'date')).toBe('Sat, 21 Nov 2026 23:30:40 GMT')
}

// What the parser cannot read is answered by `answerClientError`, with a problem too. Only a missing Host is node's own.
function expectParserRefusal(answer: WireAnswer): void {
  if (answer.body === '') expect(answer.status).toBe(400)
  else expectProblem(answer, 400, 'header_invalid')
}

const OF_URLS = ['target_not_canonical', 'authority_not_allowed', 'header_invalid']

function isBareRefusal({ status, body }: WireAnswer, { code }: { readonly code: string }): boolean {
  return status === 400 && body === '' && OF_URLS.includes(code)
}

function isProblem(answer: WireAnswer): boolean {
  return findHeader(answer, 'content-type') === 'application/problem+json'
}
