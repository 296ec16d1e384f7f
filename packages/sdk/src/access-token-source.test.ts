import { describe, expect, it } from 'vitest'
import type { IssuedToken } from './access-token.js'
import { AccessTokenSource } from './access-token-source.js'
import type { CredentialEvent } from './debug-event.js'
import { AuthenticationError, ServiceUnavailableError } from './errors.js'

const SECOND = 1000
const HOUR = 3_600 * SECOND

/** A source with clocks that stand still until told, and a token endpoint that answers when told. */
function setUp(expiresInMs: number = HOUR, random: () => number = () => 0.5) {
  let wall = Date.UTC(2026, 10, 22)
  let monotonic = 1000
  const asked: { answer(value?: string): void; fail(error: unknown): void }[] = []
  const events: CredentialEvent[] = []
  const clock = { wall: () => wall, monotonic: () => monotonic, wait: async () => {} }
  const source = new AccessTokenSource({
    key: 'k',
    clock,
    random,
    onEvent: event => void events.push(event),
    request: () =>
      new Promise<IssuedToken>((resolve, reject) => {
        const number = asked.length + 1
        asked.push({
          answer: (value = `token-${number}`) => resolve({ value, type: 'Bearer', expiresInMs }),
          fail: reject,
        })
      }),
  })
  const get = async (signal?: AbortSignal): Promise<string> => (await source.get(signal)).token.value
  /** Both clocks go on. */
  const pass = (ms: number): void => {
    wall += ms
    monotonic += ms
  }
  const first = async (): Promise<void> => {
    const promise = get()
    asked[0]!.answer()
    await promise
  }
  const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
  return {
    source,
    asked,
    events,
    get,
    pass,
    first,
    settle,
    step: (ms: number) => void (wall += ms),
    monotonicOnly: (ms: number) => void (monotonic += ms),
  }
}

const unavailable = (retryAfterMs?: number): ServiceUnavailableError =>
  new ServiceUnavailableError('token_endpoint_unavailable', 'busy', {
    retryable: true,
    status: 503,
    retryAfterMs,
  })

describe('one request under way', () => {
  it('100 concurrent cold calls make one token request', async () => {
    const { asked, get } = setUp()
    const calls = Array.from({ length: 100 }, () => get())
    asked[0]!.answer()
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['token-1']))
    expect(asked).toHaveLength(1)
  })

  it('an abort rejects that caller and nobody else', async () => {
    const { asked, get } = setUp()
    const controller = new AbortController()
    const aborted = get(controller.signal)
    const other = get()
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    asked[0]!.answer()
    expect(await other).toBe('token-1')
    await expect(get(AbortSignal.abort('early'))).rejects.toBe('early')
    expect(asked).toHaveLength(1)
  })

  it('all who wait for a failing request fail with it', async () => {
    const { asked, get } = setUp()
    const calls = [get(), get(), get()].map(call => call.catch((error: Error) => error.message))
    asked[0]!.fail(unavailable())
    expect(await Promise.all(calls)).toEqual(['busy', 'busy', 'busy'])
    expect(asked).toHaveLength(1)
  })
})

describe('the life of a token', () => {
  it('fresh until 120 s before its end: nobody asks', async () => {
    const { asked, first, get, pass } = setUp(HOUR)
    await first()
    pass(HOUR - 120 * SECOND - 1)
    expect(await get()).toBe('token-1')
    expect(asked).toHaveLength(1)
  })

  it('soft window: serves the old one and refreshes behind, once', async () => {
    const { asked, first, get, pass, settle } = setUp(HOUR)
    await first()
    pass(HOUR - 120 * SECOND)
    expect(await Promise.all(Array.from({ length: 50 }, () => get()))).toEqual(Array(50).fill('token-1'))
    expect(asked).toHaveLength(2)
    asked[1]!.answer()
    await settle()
    expect(await get()).toBe('token-2')
    expect(asked).toHaveLength(2)
  })

  it.each([
    [0, 96],
    [0.999999, 144],
  ])('the soft window varies by a fifth: at %d it is %d s', async (random, seconds) => {
    const { asked, first, get, pass } = setUp(HOUR, () => random)
    await first()
    pass(HOUR - seconds * SECOND - 10)
    await get()
    expect(asked).toHaveLength(1)
    pass(11)
    await get()
    expect(asked).toHaveLength(2)
  })

  it('the soft window of a short token is a quarter of its life, not all of it', async () => {
    const { asked, first, get, pass } = setUp(60 * SECOND)
    await first()
    pass(45 * SECOND - 1)
    await get()
    expect(asked).toHaveLength(1)
    pass(1)
    await get()
    expect(asked).toHaveLength(2)
  })

  it('hard window: 30 s, or a tenth of its life, before the end everybody waits', async () => {
    for (const [life, window] of [
      [HOUR, 30 * SECOND],
      [60 * SECOND, 6 * SECOND],
    ] as const) {
      const { asked, first, get, pass } = setUp(life)
      await first()
      pass(life - window)
      const waiting = get()
      asked[1]!.answer()
      expect(await waiting).toBe('token-2')
    }
  })

  it('hard window: the old token is still served when no new one can be had', async () => {
    const { asked, first, get, pass } = setUp(HOUR)
    await first()
    pass(HOUR - 10 * SECOND)
    const waiting = get()
    asked[1]!.fail(unavailable())
    expect(await waiting).toBe('token-1')
    expect(await get()).toBe('token-1')
    expect(asked).toHaveLength(2)
    pass(10 * SECOND)
    const after = get()
    asked[2]!.fail(unavailable())
    await expect(after).rejects.toThrow('busy')
  })

  it('is counted from the start of the request, not from its answer', async () => {
    const { asked, get, pass } = setUp(60 * SECOND)
    const slow = get()
    pass(20 * SECOND)
    asked[0]!.answer()
    await slow
    pass(34 * SECOND)
    const waiting = get()
    expect(asked).toHaveLength(2)
    asked[1]!.answer()
    expect(await waiting).toBe('token-2')
  })
})

describe('clocks', () => {
  it('a step of the wall clock backwards makes no token younger', async () => {
    const { asked, first, get, pass, step } = setUp(HOUR)
    await first()
    step(-2 * HOUR)
    expect(await get()).toBe('token-1')
    pass(HOUR)
    const waiting = get()
    asked[1]!.answer()
    expect(await waiting).toBe('token-2')
  })

  it('a step forwards ends the token early', async () => {
    const { asked, first, get, step } = setUp(HOUR)
    await first()
    step(2 * HOUR)
    const waiting = get()
    asked[1]!.answer()
    expect(await waiting).toBe('token-2')
  })

  it('a suspended machine, whose monotonic clock stood still, does not use an expired token', async () => {
    const { asked, first, get, step } = setUp(10 * 60 * SECOND)
    await first()
    step(8 * 60 * 60 * SECOND)
    const waiting = get()
    expect(asked).toHaveLength(2)
    asked[1]!.answer()
    expect(await waiting).toBe('token-2')
  })

  it('a wall clock that stands still does not keep a token alive', async () => {
    const { asked, first, get, monotonicOnly } = setUp(HOUR)
    await first()
    monotonicOnly(HOUR)
    const waiting = get()
    asked[1]!.answer()
    expect(await waiting).toBe('token-2')
  })
})

describe('failures', () => {
  it('in the soft window cost nobody anything, and are not repeated at once', async () => {
    const { asked, events, first, get, pass, settle } = setUp(HOUR)
    await first()
    pass(HOUR - 100 * SECOND)
    await Promise.all(Array.from({ length: 50 }, () => get()))
    asked[1]!.fail(unavailable())
    await settle()
    await Promise.all(Array.from({ length: 50 }, () => get()))
    expect(asked).toHaveLength(2)
    expect(events).toContainEqual({
      type: 'token_refused',
      code: 'token_endpoint_unavailable',
      serving: true,
    })
    pass(500)
    await get()
    expect(asked).toHaveLength(3)
  })

  it('back off: 0.5 s doubling to 30 s, and say how long', async () => {
    const { asked, get, pass } = setUp(HOUR, () => 0.999999)
    const pauses: number[] = []
    for (let n = 0; n < 9; n++) {
      const call = get()
      asked[n]!.fail(unavailable())
      await call.catch(() => undefined)
      const error = (await get().catch((reason: unknown) => reason)) as ServiceUnavailableError
      expect(error).toMatchObject({ code: 'token_endpoint_unavailable', retryable: true, status: 503 })
      pauses.push(Math.round(error.retryAfterMs! / 100) / 10)
      pass(error.retryAfterMs!)
    }
    expect(pauses).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30])
    expect(asked).toHaveLength(9)
  })

  it('a Retry-After of the token endpoint is honoured', async () => {
    const { asked, get, pass } = setUp()
    const call = get()
    asked[0]!.fail(unavailable(90 * SECOND))
    await call.catch(() => undefined)
    pass(89 * SECOND)
    await expect(get()).rejects.toMatchObject({ retryAfterMs: 1000 })
    expect(asked).toHaveLength(1)
    pass(SECOND)
    const again = get()
    asked[1]!.answer()
    expect(await again).toBe('token-2')
  })

  it('permanent ones are remembered for 60 s, until then nobody asks', async () => {
    const { asked, get, pass } = setUp()
    const refused = new AuthenticationError('invalid_client', 'no', { status: 401 })
    const call = get()
    asked[0]!.fail(refused)
    await expect(call).rejects.toBe(refused)
    pass(59 * SECOND)
    await expect(get()).rejects.toBe(refused)
    expect(asked).toHaveLength(1)
    pass(SECOND)
    const again = get()
    expect(asked).toHaveLength(2)
    asked[1]!.answer()
    expect(await again).toBe('token-2')
  })

  it('are forgotten on request', async () => {
    const { source, asked, get } = setUp()
    const call = get()
    asked[0]!.fail(new AuthenticationError('invalid_client', 'no'))
    await call.catch(() => undefined)
    source.forget()
    const again = get()
    asked[1]!.answer()
    expect(await again).toBe('token-2')
  })
})

describe('a token that the API refused', () => {
  it('is fetched anew once, however many say so', async () => {
    const { source, asked, first, get } = setUp()
    await first()
    for (let n = 0; n < 3; n++) source.invalidate('token-1')
    const calls = [get(), get(), get()]
    asked[1]!.answer()
    expect(await Promise.all(calls)).toEqual(['token-2', 'token-2', 'token-2'])
    source.invalidate('token-1')
    expect(await get()).toBe('token-2')
    expect(asked).toHaveLength(2)
  })

  it('does not come back through a refresh that began before', async () => {
    const { source, asked, first, get, pass, settle } = setUp(HOUR)
    await first()
    pass(HOUR - 100 * SECOND)
    await get()
    source.invalidate('token-1')
    const after = get()
    expect(asked).toHaveLength(3)
    asked[1]!.answer('token-1')
    await settle()
    asked[2]!.answer()
    expect(await after).toBe('token-3')
    expect(await get()).toBe('token-3')
  })

  it('is not taken from the cache either', async () => {
    let issued = 0
    const stored = { value: 'stored', type: 'Bearer' as const, issuedAt: 0, expiresAt: HOUR }
    const source = new AccessTokenSource({
      key: 'k',
      clock: { wall: () => 0, monotonic: () => 0, wait: async () => {} },
      random: () => 0.5,
      onEvent: () => {},
      request: async () => ({ value: `issued-${++issued}`, type: 'Bearer', expiresInMs: HOUR }),
      cache: {
        share: async (_, isGood, fetch) => (isGood(stored) ? stored : fetch()),
        clear: async () => 0,
      },
    })
    expect((await source.get()).token.value).toBe('stored')
    source.invalidate('stored')
    expect((await source.get()).token.value).toBe('issued-1')
  })
})
