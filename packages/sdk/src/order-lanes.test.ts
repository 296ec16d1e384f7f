import { describe, expect, it } from 'vitest'
import { OrderLanes } from './order-lanes.js'
import type { OrderLanesOptions } from './order-lanes-options.js'
import {
  type Fate,
  LaneServer,
  type TestAnswer,
  type TestFailure,
  type TestRow,
} from './testing/lane-server.js'
import { createVirtualTimers } from './testing/virtual-timers.js'

type Options = OrderLanesOptions<TestRow, TestRow, string, TestFailure, never>

const row = (orderId: string, eventId: string): TestRow => ({ orderId, eventId })
const rows = (count: number, orders: number = count): TestRow[] =>
  Array.from({ length: count }, (_, index) => row(`o-${index % orders}`, `e-${index}`))
const failure: TestFailure = { error: new Error('503') }
const allGood = (batch: { items: readonly TestRow[] }): TestAnswer => ({
  verdicts: batch.items.map(() => ({ decision: 'applied' })),
})

function createLanes(
  options: Partial<Options> & Pick<Options, 'source' | 'send'>,
): OrderLanes<TestRow, TestRow, string, TestFailure, never> {
  return new OrderLanes({
    read: item => ({ item }),
    patience: attempt => (attempt < 3 ? { delayMs: 10 } : { giveUp: 'rows' }),
    concurrency: 2,
    batchSize: 4,
    timers: createVirtualTimers(),
    ...options,
  })
}

async function collect(lanes: ReturnType<typeof createLanes>): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {}
  for await (const outcome of lanes.run()) {
    if (!('settled' in outcome))
      outcomes[outcome.item.eventId] = 'decision' in outcome ? outcome.decision : outcome.pending
  }
  return outcomes
}

describe('batches', () => {
  it('are full when the input is, and keep its order', async () => {
    const sent: string[][] = []
    await collect(
      createLanes({
        source: rows(10),
        concurrency: 1,
        send: async batch => {
          sent.push(batch.items.map(item => item.eventId))
          return allGood(batch)
        },
      }),
    )
    expect(sent).toEqual([
      ['e-0', 'e-1', 'e-2', 'e-3'],
      ['e-4', 'e-5', 'e-6', 'e-7'],
      ['e-8', 'e-9'],
    ])
  })

  it('do not wait for ever for a slow input', async () => {
    const timers = createVirtualTimers()
    const seen: number[] = []
    async function* trickle(): AsyncGenerator<TestRow> {
      for (const item of rows(3)) {
        yield item
        await timers.wait(1000)
      }
    }
    const send: Options['send'] = async batch => {
      seen.push(timers.now())
      return allGood(batch)
    }
    await collect(createLanes({ source: trickle(), send, timers, concurrency: 1 }))
    expect(seen).toEqual([10, 1010, 2010])
  })

  it('are halved when they are too large, down to the row that is too large itself', async () => {
    const sizes: number[] = []
    const outcomes = await collect(
      createLanes({
        source: rows(16),
        batchSize: 8,
        concurrency: 1,
        send: async batch => {
          sizes.push(batch.items.length)
          const big = batch.items.some(item => item.eventId === 'e-5')
          return big ? { refused: 'too large', tooLarge: true } : allGood(batch)
        },
      }),
    )
    expect(Object.entries(outcomes).filter(([, result]) => result !== 'applied')).toEqual([
      ['e-5', 'too large'],
    ])
    expect(Math.max(...sizes.slice(1))).toBe(4)
  })
})

describe('an undecided row', () => {
  const playOnce = async (
    decide: (eventId: string, attempt: number) => 'good' | 'bad' | 'open',
  ): Promise<{ log: string[]; outcomes: Record<string, string> }> => {
    const log: string[] = []
    const tries = new Map<string, number>()
    const source = [row('A', 'a1'), row('B', 'b1'), row('A', 'a2'), row('B', 'b2'), row('A', 'a3')]
    const send: Options['send'] = async ({ items }) => {
      log.push(items.map(item => item.eventId).join(' '))
      const blocked = new Set<string>()
      return {
        verdicts: items.map(({ eventId, orderId }) => {
          const attempt = (tries.get(eventId) ?? 0) + 1
          tries.set(eventId, attempt)
          const what = blocked.has(orderId) ? 'open' : decide(eventId, attempt)
          if (what === 'open') blocked.add(orderId)
          return what === 'open' ? { undecided: failure } : { decision: what }
        }),
      }
    }
    const outcomes = await collect(createLanes({ source, send, concurrency: 1, batchSize: 2 }))
    return { log, outcomes }
  }

  it('holds back later rows of its order, and of no other', async () => {
    const { log, outcomes } = await playOnce((eventId, attempt) =>
      eventId === 'a1' && attempt === 1 ? 'open' : 'good',
    )
    // Both rows of B are through before anything more of A is sent; then a1 alone, then the rest of A.
    expect(log).toEqual(['a1 b1', 'b2', 'a1', 'a2 a3'])
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['good']))
  })

  it('makes the later rows of its order pending when attempts are used up', async () => {
    const { log, outcomes } = await playOnce(eventId => (eventId === 'a1' ? 'open' : 'good'))
    expect(outcomes).toEqual({
      a1: 'attempts_used_up',
      a2: 'held_back',
      a3: 'held_back',
      b1: 'good',
      b2: 'good',
    })
    expect(
      log
        .join(' ')
        .split(' ')
        .filter(eventId => eventId === 'a1'),
    ).toHaveLength(3)
    expect(log.join(' ')).not.toMatch(/a2|a3/)
  })

  it('is not what a refused row is: that one holds back nothing', async () => {
    const { log, outcomes } = await playOnce(eventId => (eventId === 'a1' ? 'bad' : 'good'))
    expect(outcomes).toEqual({ a1: 'bad', a2: 'good', a3: 'good', b1: 'good', b2: 'good' })
    expect(log).toEqual(['a1 b1', 'a2 b2', 'a3'])
  })
})

describe('the end', () => {
  it('of a fatal answer is thrown after all outcomes; other lanes settle, the rest stays pending', async () => {
    const timers = createVirtualTimers()
    const fatal = new Error('401')
    let calls = 0
    const send: Options['send'] = async batch => {
      const mine = ++calls
      await timers.wait(mine === 1 ? 50 : 500)
      return mine === 1 ? { fatal } : allGood(batch)
    }
    const outcomes: string[] = []
    const lanes = createLanes({ source: rows(1000), send, timers, concurrency: 3, batchSize: 4 })
    const run = (async () => {
      for await (const outcome of lanes.run()) {
        if ('settled' in outcome) continue
        outcomes.push('decision' in outcome ? outcome.decision : outcome.pending)
      }
    })()
    await expect(run).rejects.toBe(fatal)
    expect(calls).toBe(3)
    expect(outcomes.filter(result => result === 'applied')).toHaveLength(8)
    expect(new Set(outcomes)).toEqual(new Set(['applied', 'stopped']))
  })

  it('of an abort is clean: nothing thrown, every row that was read has an outcome', async () => {
    const controller = new AbortController()
    let read = 0
    function* source(): Generator<TestRow> {
      for (const item of rows(1000)) {
        read++
        yield item
      }
    }
    const send: Options['send'] = (_, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
        controller.abort()
      })
    const outcomes = await collect(createLanes({ source: source(), send, signal: controller.signal }))
    expect(Object.keys(outcomes)).toHaveLength(read)
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['stopped']))
    expect(read).toBeLessThan(50)
  })

  it('of an abort comes though the source never yields again, and lets the source clean up', async () => {
    const controller = new AbortController()
    let cleaned = 0
    const source: AsyncIterable<TestRow> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          setImmediate(() => controller.abort())
          return new Promise(() => undefined)
        },
        return: async () => {
          cleaned++
          return { done: true, value: undefined }
        },
      }),
    }
    expect(
      await collect(createLanes({ source, send: async batch => allGood(batch), signal: controller.signal })),
    ).toEqual({})
    expect(cleaned).toBe(1)
  })

  it('of a source that throws: what was read is still sent', async () => {
    async function* source(): AsyncGenerator<TestRow> {
      yield* rows(3)
      throw new Error('disk')
    }
    const outcomes: string[] = []
    const lanes = createLanes({ source: source(), send: async batch => allGood(batch) })
    const run = async (): Promise<void> => {
      for await (const outcome of lanes.run()) if ('decision' in outcome) outcomes.push(outcome.decision)
    }
    await expect(run()).rejects.toThrow('disk')
    expect(outcomes).toEqual(['applied', 'applied', 'applied'])
  })

  it('of a consumer that leaves: the source is closed, what is under way is cancelled', async () => {
    let closed = false
    let cancelled = 0
    function* source(): Generator<TestRow> {
      try {
        yield* rows(1000)
      } finally {
        closed = true
      }
    }
    let calls = 0
    const send: Options['send'] = (batch, signal) => {
      if (++calls === 1) return Promise.resolve(allGood(batch))
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(cancelled++)))
    }
    for await (const _ of createLanes({ source: source(), send }).run()) break
    expect(closed).toBe(true)
    expect(cancelled).toBe(calls - 1)
  })

  it('of a service that asks to stay away is thrown after the outcomes', async () => {
    const send: Options['send'] = async () => ({ undecided: failure })
    const lanes = createLanes({ source: rows(20), send, patience: () => ({ giveUp: 'all' }) })
    await expect(collect(lanes)).rejects.toBe(failure.error)
  })
})

describe('memory', () => {
  it('is bounded: a source is read only as fast as outcomes are consumed', async () => {
    let read = 0
    async function* source(): AsyncGenerator<TestRow> {
      for (const item of rows(5000, 100)) {
        read++
        yield item
      }
    }
    let consumed = 0
    let most = 0
    for await (const _ of createLanes({ source: source(), send: async batch => allGood(batch) }).run()) {
      consumed++
      most = Math.max(most, read - consumed)
      if (consumed % 100 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    expect(consumed).toBe(5000)
    expect(most).toBeLessThanOrEqual(2 * 2 * 4)
  })
})

it('slows all lanes down after a 429 and says so', async () => {
  const timers = createVirtualTimers()
  const told: [number, number][] = []
  let decided = 0
  const server = new LaneServer({
    timers,
    nextFate: (): Fate => (++decided === 20 ? 'throttled' : 'good'),
    latencyMs: () => 5,
  })
  const lanes = createLanes({
    source: rows(400),
    send: batch => server.receive(batch.items),
    onThrottled: (perSecond, pauseMs) => told.push([perSecond, pauseMs]),
    timers,
  })
  expect(Object.values(await collect(lanes)).every(result => result === 'applied')).toBe(true)
  expect(told).toHaveLength(1)
  expect(told[0]![1]).toBe(20)
  // 100 batches at 200 a second would take half a second.
  expect(timers.now()).toBeGreaterThan(600)
})
