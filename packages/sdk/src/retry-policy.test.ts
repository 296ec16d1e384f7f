import { describe, expect, it } from 'vitest'
import { type AttemptOutcome, createRetryPolicy, decideRetry } from './retry-policy.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)
const policy = createRetryPolicy({ random: () => 0.5 })
const answer = (status: number, more: Partial<AttemptOutcome> = {}): AttemptOutcome => ({
  status,
  retryable: false,
  repeatable: true,
  ...more,
})
const decide = (outcome: AttemptOutcome, attempt: number = 1): ReturnType<typeof decideRetry> =>
  decideRetry(policy, attempt, outcome, NOW)

describe('which outcomes are tried again', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('%i', status => {
    expect(decide(answer(status))).toHaveProperty('delayMs')
  })
  it.each([400, 401, 403, 404, 405, 409, 413, 415, 421, 422, 431, 501, 505])('not %i', status => {
    expect(decide(answer(status))).toEqual({ stop: 'final' })
  })
  it('any problem that says it is retryable', () => {
    expect(decide(answer(409, { retryable: true }))).toHaveProperty('delayMs')
    expect(decide(answer(418, { retryable: true, repeatable: false }))).toHaveProperty('delayMs')
  })
  it('a connection that failed for a passing reason', () => {
    expect(decide({ retryable: true, repeatable: true })).toHaveProperty('delayMs')
    expect(decide({ retryable: false, repeatable: true })).toEqual({ stop: 'final' })
  })
  it('what must not be carried out twice: only when it certainly was not carried out', () => {
    const once = { repeatable: false }
    for (const status of [425, 429]) expect(decide(answer(status, once))).toHaveProperty('delayMs')
    for (const status of [408, 500, 502, 503, 504])
      expect(decide(answer(status, once))).toEqual({ stop: 'final' })
    expect(decide({ retryable: true, ...once })).toEqual({ stop: 'final' })
    expect(decide({ retryable: true, ...once, notSent: true })).toHaveProperty('delayMs')
  })
})

describe('how long the pause is', () => {
  it('drawn below a ceiling that doubles from 0.5 s up to 60 s', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7].map(attempt => decide(answer(503), attempt))
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000].map(delayMs => ({ delayMs })))
    const patient = createRetryPolicy({ random: () => 0.999, maxAttempts: 100 })
    expect(decideRetry(patient, 40, answer(503), NOW)).toEqual({ delayMs: 0.999 * 60_000 })
    expect(decideRetry({ ...patient, random: () => 0 }, 40, answer(503), NOW)).toEqual({ delayMs: 0 })
  })
  it('Retry-After in seconds wins, above and below the drawn one', () => {
    expect(decide(answer(503, { retryAfter: '90' }))).toEqual({ delayMs: 90_000 })
    expect(decide(answer(503, { retryAfter: '1' }), 7)).toEqual({ delayMs: 1000 })
  })
  it('Retry-After as a date wins', () => {
    expect(decide(answer(429, { retryAfter: 'Sat, 21 Nov 2026 23:30:50 GMT' }))).toEqual({ delayMs: 10_000 })
  })
  it('a past Retry-After is none', () => {
    expect(decide(answer(429, { retryAfter: 'Sat, 21 Nov 2026 23:00:00 GMT' }))).toEqual({ delayMs: 250 })
  })
  it('a negative Retry-After is none', () => {
    expect(decide(answer(429, { retryAfter: '-1' }))).toEqual({ delayMs: 250 })
  })
  it('a garbage Retry-After is none', () => {
    expect(decide(answer(429, { retryAfter: 'later, perhaps' }))).toEqual({ delayMs: 250 })
  })
  it('a huge Retry-After is not waited for, but reported', () => {
    const huge = { stop: 'retry_after_too_long', retryAfterMs: 86_400_000 }
    expect(decide(answer(429, { retryAfter: '86400' }))).toEqual(huge)
  })
})

it('stops after the last attempt', () => {
  expect(decide(answer(503), 8)).toEqual({ stop: 'attempts_used_up', retryAfterMs: undefined })
  expect(decideRetry(createRetryPolicy({ maxAttempts: 1 }), 1, answer(503), NOW)).toHaveProperty('stop')
})
