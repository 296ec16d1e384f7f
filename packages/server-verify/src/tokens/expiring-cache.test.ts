import { expect, test } from 'vitest'
import { ExpiringCache } from './expiring-cache.js'

test('an entry ends at its moment', () => {
  const cache = new ExpiringCache<number>(2)
  cache.set('a', 1, 10)
  expect(cache.get('a', 9)).toBe(1)
  expect(cache.get('a', 10)).toBeUndefined()
  expect(cache.size).toBe(0)
})

test('the entry used longest ago makes room', () => {
  const cache = new ExpiringCache<number>(2)
  cache.set('a', 1, 10)
  cache.set('b', 2, 10)
  cache.get('a', 0)
  cache.set('c', 3, 10)
  expect([cache.get('a', 0), cache.get('b', 0), cache.get('c', 0)]).toEqual([1, undefined, 3])
})

test('setting again replaces and takes no second place', () => {
  const cache = new ExpiringCache<number>(2)
  cache.set('a', 1, 10)
  cache.set('b', 2, 10)
  cache.set('b', 3, 10)
  expect([cache.get('a', 0), cache.get('b', 0)]).toEqual([1, 3])
  cache.delete('a')
  expect(cache.size).toBe(1)
})

test('with no room nothing is kept', () => {
  const cache = new ExpiringCache<number>(0)
  cache.set('a', 1, 10)
  expect(cache.size).toBe(0)
})
