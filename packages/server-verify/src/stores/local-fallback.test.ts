import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DependencyError, VerificationError } from '../errors.js'
import { type FallbackEvent, LocalFallback, partOf } from './local-fallback.js'

let asked = 0
let events: FallbackEvent[] = []
const outage = new DependencyError('dependency_unavailable', { dependency: 'x', cause: new Error('down') })
const fail = async (): Promise<string> => {
  asked++
  throw outage
}
const answer = async (): Promise<string> => {
  asked++
  return 'shared'
}
const local = (): string => 'local'
const create = (): LocalFallback =>
  new LocalFallback('quota', { processes: 2, onFallback: event => void events.push(event) })

beforeEach(() => {
  asked = 0
  events = []
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => vi.useRealTimers())

it('asks the store as long as it answers', async () => {
  const fallback = create()
  expect([await fallback.run(answer, local), await fallback.run(answer, local)]).toEqual(['shared', 'shared'])
  expect(events).toEqual([])
})

it('leaves the store alone for a second after a failure, then one looks and the others do not wait', async () => {
  const fallback = create()
  expect(await fallback.run(fail, local)).toBe('local')
  vi.advanceTimersByTime(999)
  expect(await fallback.run(answer, local)).toBe('local')
  expect(asked).toBe(1)
  vi.advanceTimersByTime(1)
  let respond: (value: string) => void = () => undefined
  const looking = fallback.run(() => new Promise<string>(resolve => (respond = resolve)), local)
  expect(await fallback.run(answer, local)).toBe('local')
  expect(asked).toBe(1)
  respond('shared')
  expect(await looking).toBe('shared')
  expect(await fallback.run(answer, local)).toBe('shared')
  expect(events).toEqual([
    { limit: 'quota', active: true, cause: outage.cause },
    { limit: 'quota', active: false },
  ])
})

it('tells of a change once, however long it lasts', async () => {
  const fallback = create()
  for (let n = 0; n < 3; n++) {
    expect(await fallback.run(fail, local)).toBe('local')
    vi.advanceTimersByTime(1000)
  }
  expect(asked).toBe(3)
  expect(events).toHaveLength(1)
})

it('a refusal of the store is no outage, also when it is the first answer after one', async () => {
  const fallback = create()
  const refusal = new VerificationError('concurrency_limited')
  await fallback.run(fail, local)
  vi.advanceTimersByTime(1000)
  await expect(fallback.run(() => Promise.reject(refusal), local)).rejects.toBe(refusal)
  expect(events.map(({ active }) => active)).toEqual([true, false])
  expect(await fallback.run(answer, local)).toBe('shared')
})

it('what the local limit throws is thrown, and a listener that throws is not heard', async () => {
  const fallback = new LocalFallback('quota', {
    processes: 1,
    onFallback: () => {
      throw new Error('a metric that fails')
    },
  })
  const refusal = new VerificationError('concurrency_limited')
  await expect(
    fallback.run(fail, () => {
      throw refusal
    }),
  ).rejects.toBe(refusal)
})

it.each([
  [100, 4, 25],
  [10, 4, 2],
  [3, 4, 1],
])('of %i each of %i processes has %i', (limit, processes, part) => {
  expect(partOf(limit, processes)).toBe(part)
})
