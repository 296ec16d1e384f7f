import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ReplayClaim } from '../replay-guard.js'
import { createMemoryReplayGuard, type MemoryReplayGuard } from './memory-replay-guard.js'

const START = 1_800_000_000_000
const WINDOW = 300_000
const AGES = START - 1_000_000_000

interface ClaimParts {
  readonly id: number
  readonly now: number
  readonly age?: number
  readonly partnerId?: string
  readonly keyId?: string
  readonly createdAt?: number
}

/** A claim as the verifier makes it; the id is spread over all 16 bytes. */
function claimOf({
  id,
  now,
  age = 0,
  partnerId = 'acme',
  keyId = 'key_1',
  createdAt = AGES,
}: ClaimParts): ReplayClaim {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(id % 4 === 0 ? 0 : 12, id)
  return {
    ...{
      partnerId,
      keyId,
      id: bytes,
      timestamp: now - age,
      futureMs: WINDOW,
      credentialCreatedAt: createdAt,
    },
    expiresAt: Math.max(now + 1000, now - age + 2 * WINDOW),
  }
}

/** A guard that started long ago and has nothing to learn. */
function createWarmGuard(
  clock: { now: number },
  options: { maxEntries: number; maxPartnerShare?: number },
): MemoryReplayGuard {
  const real = clock.now
  clock.now = AGES
  const guard = createMemoryReplayGuard({ maxPartnerShare: 1, ...options, now: () => clock.now })
  clock.now = real
  return guard
}

const codeOf = (action: () => unknown): unknown => {
  try {
    return action()
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('against a plain Map', () => {
  const step = fc.record({
    id: fc.nat(60),
    partner: fc.nat(2),
    key: fc.nat(1),
    age: fc.integer({ min: -300, max: 300 }),
    advance: fc.oneof({ weight: 6, arbitrary: fc.nat(5) }, fc.integer({ min: 100, max: 700 })),
  })

  it.each([
    [1, 1],
    [7, 1],
    [24, 1],
    [24, 0.34],
  ])('holds %i claims, share %d', (maxEntries, maxPartnerShare) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), steps => {
        const clock = { now: START }
        const guard = createWarmGuard(clock, { maxEntries, maxPartnerShare })
        const model = new Map<string, { partner: number; expires: number }>()
        const share = Math.max(1, Math.floor(maxEntries * maxPartnerShare))
        for (const { id, partner, key, age, advance } of steps) {
          clock.now += advance * 1000
          for (const [name, { expires }] of model) if (expires <= clock.now) model.delete(name)
          const name = `${partner}/${key}/${id}`
          const claim = claimOf({
            ...{ id, now: clock.now, age: age * 1000, partnerId: `p${partner}`, keyId: `k${key}` },
          })
          const known = model.has(name)
          const ofPartner = [...model.values()].filter(entry => entry.partner === partner).length
          const full = model.size >= maxEntries || ofPartner >= share
          const expected = known ? false : full ? 'replay_guard_full' : true
          expect(guard.has(claim)).toBe(known)
          expect(codeOf(() => guard.claim(claim))).toBe(expected)
          if (expected === true) model.set(name, { partner, expires: claim.expiresAt })
          expect(guard.size).toBeGreaterThanOrEqual(model.size)
          expect(guard.size).toBeLessThanOrEqual(maxEntries)
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('memory', () => {
  it('takes at most 32 bytes a claim when full, all of it set aside at the start', () => {
    const before = process.memoryUsage().arrayBuffers
    const maxEntries = 200_000
    const clock = { now: START }
    const guard = createWarmGuard(clock, { maxEntries })
    const set = process.memoryUsage().arrayBuffers - before
    expect(set / maxEntries).toBeLessThanOrEqual(32)
    // One claim object for all, so that only the guard's own memory can grow.
    const claim = claimOf({ id: 1, now: clock.now })
    const words = new DataView(claim.id.buffer)
    const filled = process.memoryUsage().arrayBuffers
    for (let id = 0; id < maxEntries; id++) {
      words.setUint32(12, id)
      guard.claim(claim)
    }
    expect(guard.size).toBe(maxEntries)
    expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(filled)
    expect(codeOf(() => guard.claim(claimOf({ id: maxEntries, now: clock.now })))).toBe('replay_guard_full')
    for (let id = 0; id < maxEntries; id += 97) {
      words.setUint32(12, id)
      expect(guard.claim(claim)).toBe(false)
    }
    clock.now += 2 * WINDOW
    expect(guard.claim(claimOf({ id: maxEntries, now: clock.now }))).toBe(true)
  })

  it('one partner cannot take the place of the others', () => {
    const clock = { now: START }
    const guard = createWarmGuard(clock, { maxEntries: 100, maxPartnerShare: 0.5 })
    const claim = (id: number, partnerId: string) =>
      codeOf(() => guard.claim(claimOf({ id, now: clock.now, partnerId, keyId: `k${id % 3}` })))
    for (let id = 0; id < 50; id++) expect(claim(id, 'greedy')).toBe(true)
    expect(claim(50, 'greedy')).toBe('replay_guard_full')
    expect(claim(50, 'modest')).toBe(true)
  })

  it('when full it looks further for what has expired, and says when to come back if nothing has', () => {
    const clock = { now: START }
    const guard = createWarmGuard(clock, { maxEntries: 2000 })
    for (let id = 0; id < 2000; id++)
      expect(guard.claim(claimOf({ id, now: clock.now, age: id < 10 ? WINDOW : 0 }))).toBe(true)
    expect(() => guard.claim(claimOf({ id: 2000, now: clock.now }))).toThrow(
      expect.objectContaining({
        ...{ code: 'replay_guard_full', status: 503, dependency: 'replay guard', retryAfter: 5 },
      }),
    )
    clock.now += WINDOW
    for (let id = 2000; id < 2010; id++) expect(guard.claim(claimOf({ id, now: clock.now }))).toBe(true)
    expect(codeOf(() => guard.claim(claimOf({ id: 2010, now: clock.now })))).toBe('replay_guard_full')
  })

  it('without a file there is nothing to close', () => {
    expect(() => createWarmGuard({ now: START }, { maxEntries: 1 }).close()).not.toThrow()
  })

  it('the same id of another partner or key is another claim', () => {
    const clock = { now: START }
    const guard = createWarmGuard(clock, { maxEntries: 100 })
    for (const owner of [{}, { partnerId: 'other' }, { keyId: 'key_2' }]) {
      expect(guard.claim(claimOf({ id: 1, now: clock.now, ...owner }))).toBe(true)
      expect(guard.claim(claimOf({ id: 1, now: clock.now, ...owner }))).toBe(false)
    }
  })

  it.each([
    { maxEntries: 0 },
    { maxEntries: 1.5 },
    { maxEntries: 100_000_001 },
    { maxPartnerShare: 0 },
    { maxPartnerShare: 1.1 },
    { maxPartnerShare: Number.NaN },
  ])('%j is refused', options => {
    expect(() => createMemoryReplayGuard(options)).toThrow(RangeError)
    expect(() => createMemoryReplayGuard(options)).toThrow(
      'maxEntries' in options ? 'an integer of 1 to 100,000,000' : 'above 0 and at most 1',
    )
  })
})

describe('a clock that is set back', () => {
  it('never lets a forgotten claim in again', () => {
    const clock = { now: START }
    const guard = createWarmGuard(clock, { maxEntries: 10 })
    const claim = claimOf({ id: 1, now: clock.now })
    expect(guard.claim(claim)).toBe(true)
    clock.now += 3_600_000
    for (let id = 2; id < 5; id++) guard.claim(claimOf({ id, now: clock.now }))
    clock.now = START
    expect(codeOf(() => guard.claim(claim))).toBe('replay_guard_warming')
    // Forgotten up to 3,600 s; the claim ends at 600 s.
    expect(() => guard.claim(claim)).toThrow(
      expect.objectContaining({ retryAfter: 3001, dependency: 'replay guard' }),
    )
  })
})

describe('a restart', () => {
  let directory: string
  let snapshotFile: string
  const clock = { now: START }
  const open = () =>
    createMemoryReplayGuard({ maxEntries: 1000, maxPartnerShare: 1, snapshotFile, now: () => clock.now })
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'replay-'))
    snapshotFile = join(directory, 'claims.ndjson')
    clock.now = START
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('without a file: what an earlier process may have accepted gets "try again", and when', () => {
    const guard = createMemoryReplayGuard({ now: () => clock.now, maxEntries: 10 })
    clock.now += 10_000
    const early = claimOf({ id: 1, now: clock.now })
    expect(() => guard.claim(early)).toThrow(
      expect.objectContaining({ code: 'replay_guard_warming', status: 503, retryAfter: 291 }),
    )
    expect(guard.claim(claimOf({ id: 2, now: clock.now, createdAt: START }))).toBe(true)
    expect(codeOf(() => guard.claim(claimOf({ id: 3, now: clock.now, createdAt: START - 1 })))).toBe(
      'replay_guard_warming',
    )
    expect(codeOf(() => guard.claim(claimOf({ id: 3, now: clock.now, createdAt: Number.NaN })))).toBe(
      'replay_guard_warming',
    )
    clock.now = START + WINDOW
    expect(codeOf(() => guard.claim(claimOf({ id: 4, now: clock.now })))).toBe('replay_guard_warming')
    clock.now += 1
    expect(guard.claim(claimOf({ id: 5, now: clock.now }))).toBe(true)
  })

  it('with a file: every claim that was answered is known, and nothing has to wait', () => {
    const first = open()
    clock.now += WINDOW + 1
    for (let id = 0; id < 100; id++) expect(first.claim(claimOf({ id, now: clock.now }))).toBe(true)
    first.close()
    const second = open()
    for (let id = 0; id < 100; id++) expect(second.claim(claimOf({ id, now: clock.now }))).toBe(false)
    expect(second.claim(claimOf({ id: 100, now: clock.now }))).toBe(true)
    second.close()
  })

  it('a first start with a file is a start without one, also for the process after it', () => {
    open().close()
    clock.now += 1000
    const second = open()
    expect(codeOf(() => second.claim(claimOf({ id: 1, now: clock.now })))).toBe('replay_guard_warming')
    expect(second.claim(claimOf({ id: 1, now: clock.now, createdAt: START }))).toBe(true)
    second.close()
  })

  it('a torn last line was never answered: it is cut off, and what follows is not glued to it', () => {
    const first = open()
    clock.now += WINDOW + 1
    first.claim(claimOf({ id: 1, now: clock.now }))
    first.close()
    const whole = readFileSync(snapshotFile, 'utf8')
    appendFileSync(snapshotFile, whole.split('\n')[1]!.slice(0, 30))
    const second = open()
    expect(second.claim(claimOf({ id: 1, now: clock.now }))).toBe(false)
    expect(second.claim(claimOf({ id: 2, now: clock.now }))).toBe(true)
    second.close()
    const third = open()
    expect(third.claim(claimOf({ id: 2, now: clock.now }))).toBe(false)
    expect(third.claim(claimOf({ id: 3, now: clock.now }))).toBe(true)
    third.close()
  })

  it('a cut at any byte keeps every whole line before it', () => {
    const first = open()
    clock.now += WINDOW + 1
    for (let id = 0; id < 5; id++) first.claim(claimOf({ id, now: clock.now }))
    first.close()
    const whole = readFileSync(snapshotFile)
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(snapshotFile, whole.subarray(0, length))
      const lines = whole.subarray(0, length).toString().split('\n').length - 1
      const guard = open()
      for (let id = 0; id < lines - 1; id++) expect(guard.has(claimOf({ id, now: clock.now }))).toBe(true)
      guard.close()
    }
  })

  it.each(['not json', '[1800000000,"short","acme","key_1"]', '{}'])(
    'a spoilt line %s: the file is not trusted to be complete',
    line => {
      const first = open()
      clock.now += WINDOW + 1
      first.claim(claimOf({ id: 1, now: clock.now }))
      first.close()
      appendFileSync(snapshotFile, `${line}\n`)
      const second = open()
      expect(second.claim(claimOf({ id: 1, now: clock.now }))).toBe(false)
      expect(codeOf(() => second.claim(claimOf({ id: 2, now: clock.now })))).toBe('replay_guard_warming')
      second.close()
    },
  )

  it('the files take turns and stay small; no live claim is lost on the way', () => {
    let guard = open()
    clock.now += WINDOW + 1
    let largest = 0
    const recent: ReplayClaim[] = []
    for (let id = 0; id < 400; id++) {
      clock.now += 10_000
      const claim = claimOf({ id, now: clock.now, partnerId: 'with "quotes"\nand lines' })
      expect(guard.claim(claim)).toBe(true)
      recent.push(claim)
      if (id % 37 === 0) {
        guard.close()
        guard = open()
      }
      for (const { expiresAt, ...rest } of recent.slice(-60))
        if (expiresAt > clock.now) expect(guard.has({ expiresAt, ...rest })).toBe(true)
      largest = Math.max(largest, readFileSync(snapshotFile, 'utf8').split('\n').length)
    }
    guard.close()
    expect(existsSync(`${snapshotFile}.old`)).toBe(true)
    expect(largest).toBeLessThan(250)
  })

  it('a claim that cannot be written is not granted', () => {
    const guard = open()
    clock.now += WINDOW + 1
    guard.close()
    expect(() => guard.claim(claimOf({ id: 1, now: clock.now }))).toThrow()
  })
})
