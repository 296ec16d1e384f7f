// @ts-check
// Why: the time that a refusal takes must not tell which key ids exist or how much of a signature is right. `npm run
// timing` compares the refusals that must look alike, request by request in random order, and first two that are made
// to leak, so that it is known that a leak would be seen. `--seconds 40` is the time for all comparisons together, `--only TEXT`
// runs those whose name holds it.
import { parseArgs } from 'node:util'
import { CONTROLS, REFUSALS } from './timing-cases.mjs'
import { comparePiles, THRESHOLD } from './welch.mjs'

const WARM_UP = 3000
const CHUNK = 1024
const MOST_SAMPLES = 1_000_000

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '40' }, only: { type: 'string', default: '' } },
})
const all = [...CONTROLS, ...REFUSALS].filter(({ name }) => name.includes(values.only))
const millisecondsEach = (Number(values.seconds) * 1000) / all.length
if (!(millisecondsEach >= 100)) {
  console.error('--seconds must be a number of seconds, at least 1, and --only part of a name.')
  process.exit(2)
}

console.log(`Node ${process.versions.node}; a difference is taken for real from |t| = ${THRESHOLD} on\n`)
let sound = true
for (const one of all) {
  const { piles, samples } = await measure(one)
  const { marginNs = 0 } = one
  const { t, rawT, crop, differenceNs, detectableNs } = comparePiles(piles, marginNs)
  const differs = Math.abs(t) >= THRESHOLD
  const asWanted = differs === CONTROLS.includes(one)
  sound &&= asWanted
  const verdict = asWanted ? 'ok' : differs ? 'LEAKS' : 'NOT SEEN'
  console.log(
    `${verdict.padEnd(8)} t = ${t.toFixed(2).padStart(8)}  ${CONTROLS.includes(one) ? 'control: ' : ''}${one.name}`,
  )
  const margin = marginNs === 0 ? '' : `; ${marginNs} ns are let pass, without that t = ${rawT.toFixed(2)}`
  console.log(
    `         ${samples} samples, ${differenceNs.toFixed(0)} ns at the fastest ${crop * 100} %${margin}; seen from ${detectableNs.toFixed(0)} ns on`,
  )
}
console.log(
  sound
    ? `\nno difference: |t| < ${THRESHOLD} in every comparison, and every control was seen`
    : '\nNOT SOUND: see above',
)
if (!sound) process.exitCode = 1

/**
 * Class by class in random order, so that whatever else goes on hits both alike.
 *
 * @param {import('./timing-cases.mjs').TimingCase} one
 */
async function measure({ create }) {
  const { prepare, run } = await create()
  /** @type {[Float64Array, Float64Array]} */
  const durations = [new Float64Array(MOST_SAMPLES), new Float64Array(MOST_SAMPLES)]
  const counts = [0, 0]
  let left = WARM_UP
  let end = Number.POSITIVE_INFINITY
  while (performance.now() < end && Math.max(...counts) < MOST_SAMPLES - CHUNK) {
    const classes = Array.from({ length: CHUNK }, () => (Math.random() < 0.5 ? 0 : 1))
    const inputs = classes.map(prepare)
    for (let i = 0; i < CHUNK; i++) {
      const input = inputs[i]
      const start = performance.now()
      const pending = run(input)
      if (pending !== undefined) await pending
      const took = performance.now() - start
      if (left > 0) {
        left--
        if (left === 0) end = performance.now() + millisecondsEach
      } else durations[classes[i]][counts[classes[i]]++] = took * 1e6
    }
  }
  /** @type {[Float64Array, Float64Array]} */
  const piles = [durations[0].subarray(0, counts[0]), durations[1].subarray(0, counts[1])]
  return { piles, samples: counts[0] + counts[1] }
}
