import { expect, test } from 'vitest'
import { Pacer } from './pacer.js'

const signal = new AbortController().signal

test('a burst goes at once, then as many a second as are allowed', async () => {
  const pacer = new Pacer(200, 20)
  const begun = performance.now()
  for (let row = 0; row < 20; row++) await pacer.take(signal)
  expect(performance.now() - begun).toBeLessThan(90)
  for (let row = 0; row < 40; row++) await pacer.take(signal)
  // Two more bursts of 20, a tenth of a second each.
  expect(performance.now() - begun).toBeGreaterThan(195)
})

test('a wait ends with the signal', async () => {
  const pacer = new Pacer(0.01, 1)
  await pacer.take(signal)
  const abort = new AbortController()
  const waiting = pacer.take(abort.signal)
  abort.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})
