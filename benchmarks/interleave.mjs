// @ts-check
// Why: on a machine that does other work, two numbers taken a second apart differ by a factor of two. Here every case
// runs for a few milliseconds in every round, in one process, in an order that moves on by one each round; a ratio is
// taken inside a round, between neighbours in time, and the median over the rounds is what counts.

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {() => unknown} op one operation; a promise it returns is awaited
 * @property {number} [iterations] operations a round, for a case that uses things up; default: as many as fit the slice
 *
 * @typedef {object} Samples
 * @property {string} name
 * @property {readonly number[]} rounds nanoseconds an operation, one number a round
 */

const WARM_UP_MS = 250
const WARM_UP_ROUNDS = 15
export const ROUNDS = 60
// Keeps the results alive, so that no operation can be optimised away.
export const kept = { result: /** @type {unknown} */ (undefined) }

/** How many operations a case with a fixed number of iterations uses up, warm-up included. @param {number} iterations */
export function countOperations(iterations) {
  return 1 + (WARM_UP_ROUNDS + ROUNDS) * iterations
}

/**
 * @param {readonly Case[]} cases
 * @param {{ sliceMs?: number }} [options] default: 8 ms a case and round
 * @returns {Promise<Samples[]>} in the order of `cases`
 */
export async function interleave(cases, { sliceMs = 8 } = {}) {
  const prepared = []
  for (const { name, op, iterations } of cases) {
    const loop = op() instanceof Promise ? loopAsync : loopSync
    const perRound = iterations ?? (await fitIterations(loop, op, sliceMs))
    for (let i = 0; iterations !== undefined && i < WARM_UP_ROUNDS; i++) await loop(op, iterations)
    prepared.push({ name, op, loop, perRound, samples: /** @type {number[]} */ ([]) })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < prepared.length; i++) {
      const one = prepared[(i + round) % prepared.length]
      one.samples.push((await one.loop(one.op, one.perRound)) / one.perRound)
    }
  }
  return prepared.map(({ name, samples }) => ({ name, rounds: samples }))
}

/**
 * How many times as long `a` takes as `b`.
 *
 * @param {Samples} a
 * @param {Samples} b
 * @returns {{ paired: number, best: number }} `paired`: median of the ratios of each round; `best`: best round of `a` over best round of `b`
 */
export function ratio(a, b) {
  return {
    paired: median(a.rounds.map((ns, round) => ns / b.rounds[round])),
    best: Math.min(...a.rounds) / Math.min(...b.rounds),
  }
}

/** @param {readonly number[]} values not empty */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  return sorted.length % 2 === 1 ? upper : (upper + sorted[middle - 1]) / 2
}

/** @param {(op: () => unknown, times: number) => number | Promise<number>} loop @param {() => unknown} op @param {number} sliceMs */
async function fitIterations(loop, op, sliceMs) {
  const end = performance.now() + WARM_UP_MS
  let ns = Number.POSITIVE_INFINITY
  while (performance.now() < end) ns = Math.min(ns, (await loop(op, 50)) / 50)
  return Math.max(10, Math.round((sliceMs * 1e6) / ns))
}

/** @param {() => unknown} op @param {number} times @returns {number} nanoseconds */
function loopSync(op, times) {
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) kept.result = op()
  return Number(process.hrtime.bigint() - start)
}

/** @param {() => unknown} op @param {number} times @returns {Promise<number>} nanoseconds */
async function loopAsync(op, times) {
  const start = process.hrtime.bigint()
  for (let i = 0; i < times; i++) kept.result = await op()
  return Number(process.hrtime.bigint() - start)
}
