import { expect, test } from 'vitest'
import type { Credential } from '../credential.js'
import type { CredentialInvalidation, InvalidationListener } from '../invalidation.js'
import { createCachedCredentialStore } from './cached-credential-store.js'

const CREDENTIAL: Credential = {
  kind: 'api-key',
  keyId: 'acmeKey2026',
  partnerId: 'acme',
  environment: 'live',
  secretSha256: 'a'.repeat(64),
  scopes: [],
  state: 'active',
  createdAt: 1,
}

interface Bench {
  readonly clock: { now: number }
  readonly asked: string[]
  /** What the source answers; a promise keeps it waiting. */
  answer: (keyId: string) => Credential | undefined | Promise<Credential | undefined>
  tell: InvalidationListener
  readonly state: { lastKnownAt: number; subscribed: number; refuses: boolean }
  readonly store: ReturnType<typeof createCachedCredentialStore>
}

function createBench(options: { maxEntries?: number; maxUnknown?: number } = {}): Bench {
  const clock = { now: 1_000_000 }
  const state = { lastKnownAt: 1_000_000, subscribed: 0, refuses: false }
  const listeners = new Set<InvalidationListener>()
  const invalidation: CredentialInvalidation = {
    publish: async () => {},
    async subscribe(listener) {
      if (state.refuses) throw new Error('no connection')
      state.subscribed++
      listeners.add(listener)
      return async () => {
        listeners.delete(listener)
      }
    },
    get lastKnownAt() {
      return state.lastKnownAt
    },
  }
  const asked: string[] = []
  const bench: Bench = {
    clock,
    asked,
    state,
    answer: keyId => ({ ...CREDENTIAL, keyId }),
    tell: keyId => {
      for (const listener of listeners) listener(keyId)
    },
    store: createCachedCredentialStore({
      source: {
        findByKeyId(keyId) {
          asked.push(keyId)
          return bench.answer(keyId)
        },
      },
      invalidation,
      maxStaleMs: 5000,
      now: () => clock.now,
      ...options,
    }),
  }
  return bench
}

test('the source is asked once, then the answer comes at once', async () => {
  const bench = createBench()
  expect(await bench.store.findByKeyId('key_a_2026')).toMatchObject({ keyId: 'key_a_2026' })
  expect(bench.store.findByKeyId('key_a_2026')).toMatchObject({ keyId: 'key_a_2026' })
  expect(bench.asked).toEqual(['key_a_2026'])
  expect(bench.state.subscribed).toBe(1)
})

test('fifty look-ups at once are one question', async () => {
  const bench = createBench()
  let open = (): void => {}
  const gate = new Promise<void>(resolve => (open = resolve))
  bench.answer = keyId => gate.then(() => ({ ...CREDENTIAL, keyId }))
  const all = Array.from({ length: 50 }, () => bench.store.findByKeyId('key_a_2026'))
  open()
  expect((await Promise.all(all)).every(found => found?.keyId === 'key_a_2026')).toBe(true)
  expect(bench.asked).toHaveLength(1)
})

test('an unknown key id is asked for once, and again when it was issued', async () => {
  const bench = createBench()
  bench.answer = () => undefined
  expect(await bench.store.findByKeyId('key_a_2026')).toBeUndefined()
  expect(bench.store.findByKeyId('key_a_2026')).toBeUndefined()
  expect(bench.asked).toHaveLength(1)
  bench.answer = keyId => ({ ...CREDENTIAL, keyId })
  bench.tell('key_a_2026')
  expect(await bench.store.findByKeyId('key_a_2026')).toBeDefined()
})

test('strangers cannot push credentials out: unknown key ids have a cache of their own, and it is bounded', async () => {
  const bench = createBench({ maxEntries: 10, maxUnknown: 100 })
  await bench.store.findByKeyId('key_a_2026')
  bench.answer = () => undefined
  for (let i = 0; i < 5000; i++) await bench.store.findByKeyId(`unknown_${i}`)
  expect(bench.store.size).toEqual({ credentials: 1, unknown: 100 })
  expect(bench.store.findByKeyId('key_a_2026')).toMatchObject({ keyId: 'key_a_2026' })
})

test('the credential that was not asked for longest goes first', async () => {
  const bench = createBench({ maxEntries: 2 })
  await bench.store.findByKeyId('key_a_2026')
  await bench.store.findByKeyId('key_b_2026')
  bench.store.findByKeyId('key_a_2026')
  await bench.store.findByKeyId('key_c_2026')
  bench.asked.length = 0
  await bench.store.findByKeyId('key_a_2026')
  await bench.store.findByKeyId('key_c_2026')
  expect(bench.asked).toEqual([])
  await bench.store.findByKeyId('key_b_2026')
  expect(bench.asked).toEqual(['key_b_2026'])
})

test('a change forgets that credential, an unknown change all of them', async () => {
  const bench = createBench()
  await bench.store.findByKeyId('key_a_2026')
  await bench.store.findByKeyId('key_b_2026')
  bench.tell('key_a_2026')
  expect(bench.store.size.credentials).toBe(1)
  bench.tell(undefined)
  expect(bench.store.size.credentials).toBe(0)
})

test('what was being read while it changed is read again, for those who wait too', async () => {
  const bench = createBench()
  await bench.store.findByKeyId('warm_up_2026')
  const gates: ((credential: Credential) => void)[] = []
  bench.answer = () => new Promise(resolve => gates.push(resolve))
  const early = bench.store.findByKeyId('key_a_2026')
  await expect.poll(() => gates.length).toBe(1)
  bench.tell('key_a_2026')
  const late = bench.store.findByKeyId('key_a_2026')
  await expect.poll(() => gates.length).toBe(2)
  gates[0]!({ ...CREDENTIAL, state: 'active' })
  gates[1]!({ ...CREDENTIAL, state: 'revoked' })
  expect(await late).toMatchObject({ state: 'revoked' })
  expect(await early).toMatchObject({ state: 'revoked' })
  expect(bench.store.findByKeyId('key_a_2026')).toMatchObject({ state: 'revoked' })
})

test('a credential that changes all the time is read three times, and not kept', async () => {
  const bench = createBench()
  bench.answer = async keyId => {
    bench.tell(keyId)
    return { ...CREDENTIAL, keyId }
  }
  expect(await bench.store.findByKeyId('key_a_2026')).toBeDefined()
  expect(bench.asked).toHaveLength(3)
  expect(bench.store.size.credentials).toBe(0)
})

test('beyond the bound nothing is answered, what is in the cache neither', async () => {
  const bench = createBench()
  await bench.store.findByKeyId('key_a_2026')
  bench.clock.now += 5000
  expect(bench.store.findByKeyId('key_a_2026')).toBeDefined()
  bench.clock.now += 1
  expect(() => bench.store.findByKeyId('key_a_2026')).toThrow(
    expect.objectContaining({ name: 'DependencyError', status: 503 }),
  )
  bench.state.lastKnownAt = Number.NaN
  expect(() => bench.store.findByKeyId('key_a_2026')).toThrow(expect.objectContaining({ status: 503 }))
  bench.state.lastKnownAt = bench.clock.now
  expect(bench.store.findByKeyId('key_a_2026')).toBeDefined()
})

test('an outage of source or invalidation is thrown, not remembered', async () => {
  const bench = createBench()
  bench.state.refuses = true
  await expect(bench.store.findByKeyId('key_a_2026')).rejects.toThrow('no connection')
  bench.state.refuses = false
  bench.answer = async () => {
    throw new Error('database is down')
  }
  await expect(bench.store.findByKeyId('key_a_2026')).rejects.toThrow('database is down')
  bench.answer = keyId => ({ ...CREDENTIAL, keyId })
  expect(await bench.store.findByKeyId('key_a_2026')).toBeDefined()
})

test('closed, it keeps nothing and listens to nobody', async () => {
  const bench = createBench()
  await bench.store.findByKeyId('key_a_2026')
  await bench.store.close()
  expect(bench.store.size).toEqual({ credentials: 0, unknown: 0 })
})
