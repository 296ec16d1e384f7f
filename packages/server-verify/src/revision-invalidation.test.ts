import { afterEach, expect, test, vi } from 'vitest'
import type { RevisedCredentialStore, RevisionChanges } from './credential-registry.js'
import { createRevisionInvalidation } from './revision-invalidation.js'

afterEach(() => vi.useRealTimers())

interface Bench {
  readonly source: RevisedCredentialStore
  readonly asked: (number | undefined)[]
  answer: (revision: number | undefined) => RevisionChanges | Promise<RevisionChanges>
}

function createBench(): Bench {
  const bench: Bench = {
    asked: [],
    answer: () => ({ revision: 1, keyIds: [] }),
    source: {
      findByKeyId: () => undefined,
      async changesSince(revision) {
        bench.asked.push(revision)
        return bench.answer(revision)
      },
    },
  }
  return bench
}

test('a new revision is told by its key ids, one that is not known in detail as everything', async () => {
  vi.useFakeTimers()
  const bench = createBench()
  const told: (string | undefined)[] = []
  const invalidation = createRevisionInvalidation({ source: bench.source, pollMs: 500 })
  expect(invalidation.lastKnownAt).toBe(0)
  await invalidation.subscribe(keyId => told.push(keyId))
  expect(told).toEqual([])
  bench.answer = () => ({ revision: 3, keyIds: ['key_a', 'key_b'] })
  await vi.advanceTimersByTimeAsync(500)
  expect(told).toEqual(['key_a', 'key_b'])
  bench.answer = () => ({ revision: 2, keyIds: undefined })
  await vi.advanceTimersByTimeAsync(500)
  expect(told).toEqual(['key_a', 'key_b', undefined])
  await vi.advanceTimersByTimeAsync(500)
  expect(told).toHaveLength(3)
  expect(bench.asked).toEqual([undefined, 1, 3, 2])
})

test('what is known is known up to when it was asked, and stands still in an outage', async () => {
  vi.useFakeTimers()
  const bench = createBench()
  const invalidation = createRevisionInvalidation({ source: bench.source, pollMs: 500 })
  const start = Date.now()
  bench.answer = () => new Promise(resolve => setTimeout(() => resolve({ revision: 1, keyIds: [] }), 100))
  const subscribed = invalidation.subscribe(() => {})
  await vi.advanceTimersByTimeAsync(100)
  await subscribed
  expect(invalidation.lastKnownAt).toBe(start)
  bench.answer = () => {
    throw new Error('down')
  }
  await vi.advanceTimersByTimeAsync(5000)
  expect(invalidation.lastKnownAt).toBe(start)
  expect(bench.asked.length).toBeGreaterThan(8)
  bench.answer = () => ({ revision: 1, keyIds: [] })
  await vi.advanceTimersByTimeAsync(500)
  expect(invalidation.lastKnownAt).toBeGreaterThan(start + 4000)
})

test('a question that hangs is given up, and its late answer changes nothing', async () => {
  vi.useFakeTimers()
  const bench = createBench()
  const told: (string | undefined)[] = []
  const invalidation = createRevisionInvalidation({ source: bench.source, pollMs: 500, timeoutMs: 1000 })
  await invalidation.subscribe(keyId => told.push(keyId))
  let answerLate = (_: RevisionChanges): void => {}
  bench.answer = () => new Promise(resolve => (answerLate = resolve))
  await vi.advanceTimersByTimeAsync(1500)
  bench.answer = () => ({ revision: 2, keyIds: ['key_a'] })
  await vi.advanceTimersByTimeAsync(500)
  expect(told).toEqual(['key_a'])
  answerLate({ revision: 1, keyIds: undefined })
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(['key_a'])
})

test('a hint asks at once; one during a question asks again after it', async () => {
  vi.useFakeTimers()
  const bench = createBench()
  let hint = (): void => {}
  let stopped = false
  const invalidation = createRevisionInvalidation({
    source: bench.source,
    pollMs: 60_000,
    listen: async onHint => {
      hint = onHint
      return async () => {
        stopped = true
      }
    },
  })
  const told: (string | undefined)[] = []
  const stop = await invalidation.subscribe(keyId => told.push(keyId))
  let open = (): void => {}
  const gate = new Promise<void>(resolve => (open = resolve))
  bench.answer = async () => {
    await gate
    return { revision: 1, keyIds: [] }
  }
  hint()
  hint()
  hint()
  bench.answer = () => ({ revision: 2, keyIds: ['key_a'] })
  open()
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(['key_a'])
  expect(bench.asked).toHaveLength(3)
  await stop()
  expect(stopped).toBe(true)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(bench.asked).toHaveLength(3)
  expect(invalidation.lastKnownAt).toBe(0)
})

test('a subscription fails when the store does not answer, and can be made later', async () => {
  const bench = createBench()
  const invalidation = createRevisionInvalidation({ source: bench.source })
  bench.answer = () => {
    throw new Error('down')
  }
  await expect(invalidation.subscribe(() => {})).rejects.toMatchObject({
    code: 'dependency_unavailable',
    status: 503,
  })
  bench.answer = () => ({ revision: 1, keyIds: [] })
  const stop = await invalidation.subscribe(() => {})
  expect(invalidation.lastKnownAt).toBeGreaterThan(0)
  await stop()
})
