import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { SeenEvents } from './seen-events.js'

const contentId = (n: number): string =>
  createHash('sha256').update(String(n)).digest('base64url').slice(0, 32)

describe('SeenEvents', () => {
  it('finds every repetition and nothing else, as a Map does', () => {
    const seen = new SeenEvents()
    const known = new Map<string, number>()
    for (let index = 0; index < 30_000; index++) {
      const n = (index * 7919) % 12_345
      const given = n % 3 === 0 ? `given-id-of-event-${n % 40}` : contentId(n)
      const key = `${given} ${contentId(n)}`
      expect(seen.add(given, contentId(n), index)).toBe(known.get(key))
      if (!known.has(key)) known.set(key, index)
    }
    expect(known.size).toBeGreaterThan(12_000)
  })

  it('takes the same id with other content for another event, and position 0 for a position', () => {
    const seen = new SeenEvents()
    expect(seen.add('a-given-event-id', contentId(1), 0)).toBeUndefined()
    expect(seen.add('a-given-event-id', contentId(2), 1)).toBeUndefined()
    expect(seen.add(contentId(1), contentId(1), 2)).toBeUndefined()
    expect(seen.add('a-given-event-id', contentId(1), 3)).toBe(0)
    expect(seen.add(contentId(1), contentId(1), 4)).toBe(2)
  })

  it('forgets what is more than two generations old, and nothing younger than one', () => {
    const seen = new SeenEvents(100)
    for (let n = 0; n < 250; n++) seen.add(contentId(n), contentId(n), n)
    for (let n = 100; n < 250; n++) expect(seen.add(contentId(n), contentId(n), 1000)).toBe(n)
    expect(seen.add(contentId(0), contentId(0), 1000)).toBeUndefined()
  })
})
