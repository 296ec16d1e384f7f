import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ReplayTable } from './replay-table.js'

const NOW = 1_800_000_000
const idOf = (n: number): Uint8Array => createHash('sha256').update(String(n)).digest().subarray(0, 16)
const sameIn = (bytes: Uint8Array, at: number): Uint8Array =>
  Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ 1 : byte))

function claim(table: ReplayTable, id: Uint8Array, owner: number, expiry: number, now = NOW): boolean {
  if (table.has(id, owner, now)) return false
  table.put(owner, expiry)
  return true
}

describe('ReplayTable', () => {
  it.each([
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 6],
    [78, 100],
    [79, 102],
  ])('for %i claims sets %i slots aside: 78 % full at most, and one always free', (maxEntries, slots) => {
    expect(new ReplayTable(maxEntries, () => undefined).slots).toBe(slots)
  })

  it('tells claims apart by every byte of the id, and by the owner', () => {
    const table = new ReplayTable(100, () => undefined)
    const id = idOf(0)
    claim(table, id, 1, NOW + 600)
    expect(table.has(id, 1, NOW)).toBe(true)
    expect(table.has(id, 2, NOW)).toBe(false)
    for (let at = 0; at < 16; at++) expect(table.has(sameIn(id, at), 1, NOW)).toBe(false)
  })

  // In a table of two or three slots every claim meets every other one.
  it('tells claims apart by every byte of the id also when they meet', () => {
    for (let at = 0; at < 16; at++) {
      const table = new ReplayTable(2, () => undefined)
      expect(claim(table, idOf(0), 1, NOW + 600)).toBe(true)
      expect(claim(table, sameIn(idOf(0), at), 1, NOW + 600)).toBe(true)
      expect(table.used).toBe(2)
    }
  })

  it('a claim lives up to its expiry, not at it', () => {
    const table = new ReplayTable(10, () => undefined)
    claim(table, idOf(1), 1, NOW + 5)
    expect([4, 5].map(seconds => table.has(idOf(1), 1, NOW + seconds))).toEqual([true, false])
    table.sweep(100, NOW + 4)
    expect(table.used).toBe(1)
    table.sweep(100, NOW + 5)
    expect(table.used).toBe(0)
  })

  it('an expired claim gives its slot to the next, and its owner is told once', () => {
    const freed: number[] = []
    const table = new ReplayTable(1, owner => freed.push(owner))
    claim(table, idOf(1), 7, NOW + 5)
    expect(claim(table, idOf(1), 8, NOW + 50, NOW + 5)).toBe(true)
    expect([freed, table.used]).toEqual([[7], 1])
    table.sweep(2, NOW + 50)
    table.sweep(2, NOW + 50)
    expect([freed, table.used]).toEqual([[7, 8], 0])
  })

  it('sweeps so many slots as asked, and goes on where it stopped', () => {
    const table = new ReplayTable(78, () => undefined)
    for (let n = 0; n < 78; n++) claim(table, idOf(n), 1, NOW + 5)
    let before = table.used
    for (let round = 0; round < 10; round++) {
      table.sweep(10, NOW + 5)
      expect(table.used).toBeLessThan(before)
      before = table.used
    }
    expect(table.used).toBe(0)
  })

  it('a sweep of nothing removes nothing; one of more than all goes round once', () => {
    const table = new ReplayTable(10, () => undefined)
    for (let n = 0; n < 10; n++) claim(table, idOf(n), 1, NOW + 5)
    table.sweep(0, NOW + 5)
    expect(table.used).toBe(10)
    table.sweep(Number.MAX_SAFE_INTEGER, NOW + 5)
    expect(table.used).toBe(0)
  })

  it.each([2, 3, 10, 50])(
    'a table of %i keeps every live claim when the others go, whatever the order',
    maxEntries => {
      for (let seed = 0; seed < 40; seed++) {
        const freed: number[] = []
        const table = new ReplayTable(maxEntries, owner => freed.push(owner))
        const ids = Array.from({ length: maxEntries }, (_, n) => idOf(seed * 1000 + n))
        ids.forEach((id, n) => {
          claim(table, id, n + 1, n % 2 === 0 ? NOW + 5 : NOW + 600)
        })
        table.sweep(table.slots, NOW + 5)
        const dead = ids.map((_, n) => n + 1).filter(owner => owner % 2 === 1)
        expect(freed.sort((a, b) => a - b)).toEqual(dead)
        expect(table.used).toBe(maxEntries - dead.length)
        ids.forEach((id, n) => {
          expect(table.has(id, n + 1, NOW + 5)).toBe(n % 2 === 1)
        })
      }
    },
  )

  it('spreads ids that differ in one word only: a look-up stays short', () => {
    for (const word of [0, 4, 8, 12]) {
      const table = new ReplayTable(50_000, () => undefined)
      const id = new Uint8Array(16)
      const words = new DataView(id.buffer)
      for (let n = 0; n < 50_000; n++) {
        words.setUint32(word, n)
        claim(table, id, 1, NOW + 600)
      }
      expect(table.used).toBe(50_000)
    }
  })
})
