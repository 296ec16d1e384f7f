import { expect, test } from 'vitest'
import { createProgress, formatCount, formatDuration, formatProgress } from './progress.js'

test('a line of the bar', () => {
  expect(formatProgress({ done: 41_200, total: 80_000, throttled: 3 }, 60_000, 200)).toBe(
    '[===============>              ]  41,200/80,000  687/s  429s: 3  ETA 57s',
  )
})

test('what does not fit is left out, the counts last', () => {
  const state = { done: 41_200, total: 80_000, throttled: 3 }
  expect(formatProgress(state, 60_000, 60)).toBe('41,200/80,000  687/s  429s: 3  ETA 57s')
  expect(formatProgress(state, 60_000, 20)).toBe('41,200/80,000')
  expect(formatProgress(state, 60_000, 5)).toBe('41,20')
})

test('drawn over itself without escape codes, at most ten times a second, and taken away without a trace', () => {
  const written: string[] = []
  let time = 0
  const progress = createProgress({ columns: 80, write: text => written.push(text) }, () => time)
  progress.update({ done: 0, total: 20_000, throttled: 0 })
  time = 50
  progress.update({ done: 1, total: 20_000, throttled: 0 })
  time = 1000
  progress.update({ done: 10_000, total: 20_000, throttled: 0 })
  progress.clear()
  progress.clear()
  expect(written).toHaveLength(3)
  expect(written.join('')).toMatch(/^[\r\x20-\x7e]*$/)
  expect(written.every(text => text.length < 82)).toBe(true)
  const width = written[1]!.trimEnd().length - 1
  expect(written[2]).toBe(`\r${' '.repeat(width)}\r`)
})

test('numbers and durations', () => {
  expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567'])
  expect([0, 59.4, 60, 131, 7500].map(formatDuration)).toEqual(['0s', '59s', '1m00s', '2m11s', '2h05m'])
})
