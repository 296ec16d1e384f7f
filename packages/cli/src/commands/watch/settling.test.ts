import { expect, test } from 'vitest'
import type { DroppedFile } from '../../push/drop-folder.js'
import { Settling } from './settling.js'

const file = (size: number, mtimeMs = 1, trigger?: string): DroppedFile => ({
  name: 'a.csv',
  size,
  mtimeMs,
  trigger,
})

test('a file is ready when it was the same for long enough, by our clock', () => {
  const settling = new Settling(5000)
  expect(settling.look([file(1)], 0)).toEqual([])
  expect(settling.look([file(2)], 4000)).toEqual([])
  expect(settling.look([file(2, 2)], 8000)).toEqual([])
  expect(settling.look([file(2, 2)], 12_999)).toEqual([])
  expect(settling.isEmpty).toBe(false)
  expect(settling.look([file(2, 2)], 13_000)).toEqual([file(2, 2)])
  expect(settling.isEmpty).toBe(true)
})

test('a trigger makes it ready at once, and so does --settle 0s', () => {
  expect(new Settling(5000).look([file(1, 1, 'a.csv.ok')], 0)).toHaveLength(1)
  expect(new Settling(0).look([file(1)], 0)).toHaveLength(1)
})

test('a file that goes away is forgotten', () => {
  const settling = new Settling(5000)
  settling.look([file(1)], 0)
  settling.look([], 1000)
  expect(settling.isEmpty).toBe(true)
  expect(settling.look([file(1)], 6000)).toEqual([])
})
