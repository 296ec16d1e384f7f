// @ts-check
// Why: two piles of durations differ when their means do, by more than chance explains. Durations have a long tail
// (garbage collection, other programs) that hides small differences, so the test is made again on the piles cropped at
// several percentiles of both together, as dudect does (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?").

const CROPS = [1, 0.99, 0.95, 0.9, 0.75, 0.5]
const LEAST_SAMPLES = 200

/** From here on a difference is taken for real: one chance in 100,000 for equal piles. */
export const THRESHOLD = 4.5

/**
 * @typedef {object} Comparison
 * @property {number} t Welch's t of what goes beyond the margin, the largest over all crops; positive: the second is slower
 * @property {number} rawT the same without a margin
 * @property {number} crop the part of the durations that was left for `rawT`
 * @property {number} differenceNs second mean minus first, at that crop
 * @property {number} detectableNs the smallest difference that would have been refused, at the crop that sees best
 */

/**
 * @param {readonly [Float64Array, Float64Array]} piles nanoseconds
 * @param {number} marginNs differences up to here count as none
 * @returns {Comparison}
 */
export function comparePiles(piles, marginNs) {
  const sorted = Float64Array.from([...piles[0], ...piles[1]]).sort()
  /** @type {Comparison} */
  const result = { t: 0, rawT: 0, crop: 1, differenceNs: 0, detectableNs: Number.POSITIVE_INFINITY }
  for (const crop of CROPS) {
    const limit = sorted[Math.ceil(sorted.length * crop) - 1]
    const [first, second] = piles.map(pile => describePile(pile, limit))
    if (Math.min(first.count, second.count) < LEAST_SAMPLES) continue
    const deviation = Math.sqrt(first.variance / first.count + second.variance / second.count)
    const differenceNs = second.mean - first.mean
    const rawT = differenceNs / deviation
    const t = (Math.sign(differenceNs) * Math.max(0, Math.abs(differenceNs) - marginNs)) / deviation
    result.detectableNs = Math.min(result.detectableNs, marginNs + THRESHOLD * deviation)
    if (Math.abs(t) > Math.abs(result.t)) result.t = t
    if (Math.abs(rawT) > Math.abs(result.rawT)) Object.assign(result, { rawT, crop, differenceNs })
  }
  if (!Number.isFinite(result.detectableNs)) throw new Error('Too few samples for a verdict.')
  return result
}

/** Mean and variance in one pass (Welford). @param {Float64Array} pile @param {number} limit */
function describePile(pile, limit) {
  let count = 0
  let mean = 0
  let squares = 0
  for (const value of pile) {
    if (value > limit) continue
    count++
    const delta = value - mean
    mean += delta / count
    squares += delta * (value - mean)
  }
  return { count, mean, variance: squares / (count - 1) }
}
