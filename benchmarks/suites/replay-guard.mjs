// @ts-check
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMemoryReplayGuard } from '@countersign/server-verify'
import { startClock } from '../interleave.mjs'
import { createGoal } from '../table.mjs'

/** @typedef {import('@countersign/server-verify').ReplayClaim} ReplayClaim */

const LIVE = 1_000_000
const CHUNK = 10_000
const PASSES = 2
const WINDOW_MS = 600_000
const STEP_MS = WINDOW_MS / LIVE / 2 // all are live when the last one comes
const START = Date.UTC(2026, 10, 21)

/** @returns {Promise<import('../table.mjs').Report>} */
export async function run() {
  const passes = []
  for (let pass = 0; pass < PASSES; pass++)
    passes.push({ ...(await fill()), longestPauseMs: await findLongestPause() })
  // Time: the best pass, since the others hold what else ran on the machine. Space and mistakes: the worst.
  const figures = {
    'bytes/entry': Math.round(Math.max(...passes.map(pass => pass.bytesPerEntry)) * 10) / 10,
    'claim ns': Math.round(Math.min(...passes.map(pass => pass.claimNs))),
    'known claim ns': Math.round(Math.min(...passes.map(pass => pass.knownClaimNs))),
    'longest pause ms': Math.min(...passes.map(pass => pass.longestPauseMs)),
    'missed replays': Math.max(...passes.map(pass => pass.missed)),
    'false replays of 100,000': Math.max(...passes.map(pass => pass.falseHits)),
  }
  return {
    suite: 'replay-guard',
    title: `replay guard: ${LIVE.toLocaleString('en-US')} live claims, ${PASSES} passes`,
    guard: ['every first claim is won'],
    columns: Object.keys(figures),
    rows: [{ name: 'server-verify, memory guard', cells: figures }],
    goals: [
      createGoal('bytes an entry ≤ 32', figures['bytes/entry'], { atMost: 32 }),
      createGoal('claim ≤ 500 ns', figures['claim ns'], { atMost: 500 }),
      createGoal('longest pause ≤ 5 ms', figures['longest pause ms'], { atMost: 5 }),
      createGoal('missed replays = 0', figures['missed replays'], { atMost: 0 }),
    ],
  }
}

async function fill() {
  const before = await usedBytes()
  const { guard, clock } = createGuard()
  let claimNs = 0
  for (let from = 0; from < LIVE; from += CHUNK) claimNs += await timeClaims(guard, clock, from, true)
  const bytesPerEntry = ((await usedBytes()) - before) / LIVE
  let knownClaimNs = 0
  for (let from = 0; from < LIVE; from += CHUNK) knownClaimNs += await timeClaims(guard, clock, from, false)
  let falseHits = 0
  for (const claim of createClaims(LIVE * 2, 100_000)) if (await guard.has(claim)) falseHits++
  return {
    bytesPerEntry,
    claimNs: claimNs / LIVE,
    knownClaimNs: knownClaimNs / LIVE,
    missed: clock.missed,
    falseHits,
  }
}

/** The longest single claim while the guard fills: what one caller may have to wait for, garbage collection included. */
async function findLongestPause() {
  const { guard, clock } = createGuard()
  let longest = 0
  for (let from = 0; from < LIVE; from += CHUNK) {
    for (const claim of createClaims(from, CHUNK)) {
      clock.ms = claim.timestamp
      const stop = startClock()
      const outcome = guard.claim(claim)
      if (typeof outcome !== 'boolean') await outcome
      longest = Math.max(longest, stop())
    }
  }
  return Math.round(longest / 1000) / 1000
}

function createGuard() {
  const clock = { ms: START - 3_600_000, missed: 0 } // an hour of running before the first claim: not warming up
  const guard = createMemoryReplayGuard({ maxEntries: LIVE, maxPartnerShare: 1, now: () => clock.ms })
  return { guard, clock }
}

/** @param {import('@countersign/server-verify').ReplayGuard} guard @param {{ ms: number, missed: number }} clock @param {number} from @param {boolean} first */
async function timeClaims(guard, clock, from, first) {
  const claims = createClaims(from, CHUNK)
  let lost = 0
  const stop = startClock()
  for (const claim of claims) {
    if (first) clock.ms = claim.timestamp
    const outcome = guard.claim(claim)
    if (!(typeof outcome === 'boolean' ? outcome : await outcome)) lost++
  }
  const ns = stop()
  if (first && lost > 0) throw new Error(`${lost} first claims were lost.`)
  if (!first) clock.missed += CHUNK - lost
  return ns
}

/** @param {number} from @param {number} count @returns {ReplayClaim[]} */
function createClaims(from, count) {
  const words = new Int32Array(count * 4)
  return Array.from({ length: count }, (_, i) => {
    writeId(words, i * 4, from + i)
    const timestamp = START + (from + i) * STEP_MS
    return {
      partnerId: 'acme',
      keyId: 'demo_acme_hmac',
      id: new Uint8Array(words.buffer, i * 16, 16),
      timestamp,
      expiresAt: timestamp + WINDOW_MS,
      futureMs: 300_000,
      credentialCreatedAt: 0,
    }
  })
}

/** 16 bytes that look like the start of a MAC, different for each number. @param {Int32Array} words @param {number} at @param {number} number */
function writeId(words, at, number) {
  let state = number
  for (let i = 0; i < 4; i++) {
    state = (state + 0x9e3779b9) | 0
    let word = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
    words[at + i] = word ^ (word >>> 16)
  }
}

/** Collects until nothing more comes free: the memory of typed arrays is given back some time after they are gone. */
async function usedBytes() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  let last = Number.POSITIVE_INFINITY
  for (;;) {
    collect()
    await setTimeout(20)
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external > last - 65_536) return heapUsed + external
    last = heapUsed + external
  }
}
