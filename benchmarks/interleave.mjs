// @ts-check
// Why: on a machine that does other work, two numbers taken a second apart differ by a factor of two. Here every case
// runs for a few milliseconds in every round, in one process, in an order that moves on by one each round; a ratio is
// taken inside a round, between neighbours in time, and the median over the rounds is what counts.

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {() => unknown} op one operation; a promise it returns is awaited
 * @property {(operations: number) => void} [prepare] called before each run of so many operations, not timed
 *
 * @typedef {object} Samples
 * @property {string} name
 * @property {readonly number[]} rounds nanoseconds an operation, one number a round
 */

const WARM_UP_MS = 250
const ROUNDS = 60
// Keeps the results alive, so that no operation can be optimised away.
export const kept = { result: /** @type {unknown} */ (undefined) }

/**
 * @param {readonly Case[]} cases
 * @param {{ sliceMs?: number }} [options] default: 8 ms a case and round
 * @returns {Promise<Samples[]>} in the order of `cases`
 */
export async function interleave(cases, { sliceMs = 8 } = {}) {
  const ready = []
  for (const one of cases)
    ready.push({ ...(await warmUp(one, sliceMs)), samples: /** @type {number[]} */ ([]) })
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < ready.length; i++) {
      const { times, time, samples } = ready[(i + round) % ready.length]
      samples.push((await time(times)) / times)
    }
  }
  return ready.map(({ name, samples }) => ({ name, rounds: samples }))
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

/** Lets the compiler do its work, and finds out how many operations fit a slice. @param {Case} one @param {number} sliceMs */
async function warmUp({ name, op, prepare }, sliceMs) {
  prepare?.(1)
  const loop = op() instanceof Promise ? loopAsync : loopSync
  /** @param {number} times */
  const time = times => {
    prepare?.(times)
    return loop(op, times)
  }
  let best = Number.POSITIVE_INFINITY
  let spent = 0
  while (spent < WARM_UP_MS * 1e6) {
    const ns = await time(100)
    spent += ns
    best = Math.min(best, ns / 100)
  }
  return { name, time, times: Math.max(10, Math.round((sliceMs * 1e6) / best)) }
}

/** @param {() => unknown} op @param {number} times @returns {number} nanoseconds */
function loopSync(op, times) {
  const stop = startClock()
  for (let i = 0; i < times; i++) kept.result = op()
  return stop()
}

/** @param {() => unknown} op @param {number} times @returns {Promise<number>} nanoseconds */
async function loopAsync(op, times) {
  const stop = startClock()
  for (let i = 0; i < times; i++) kept.result = await op()
  return stop()
}

/**
 * Wall time or CPU time, whichever is less: CPU time leaves out what another program took of the processor, wall time
 * leaves out what Node's other threads (compiler, garbage collector) did meanwhile. Also good for one long operation.
 *
 * @returns {() => number} nanoseconds since the call
 */
export function startClock() {
  const cpu = process.cpuUsage()
  const start = process.hrtime.bigint()
  return () => {
    const wall = Number(process.hrtime.bigint() - start)
    const { user, system } = process.cpuUsage(cpu)
    return Math.min(wall, (user + system) * 1000)
  }
}
