import { expect, it } from 'vitest'
import type { ReplayClaim } from '../replay-guard.js'
import { KnownClaims } from './known-claims.js'

const NOW = 1_800_000_000
const claimOf = (n: number, facts: Partial<ReplayClaim> = {}): ReplayClaim => ({
  partnerId: 'acme',
  keyId: 'key_a',
  id: new Uint8Array(16).fill(n),
  timestamp: NOW * 1000,
  expiresAt: (NOW + 600) * 1000,
  futureMs: 300_000,
  credentialCreatedAt: 0,
  ...facts,
})

it('knows what it was told, for partner, key id and id, until it expires', () => {
  const known = new KnownClaims(10)
  expect(known.has(claimOf(1), NOW)).toBe(false)
  known.note(claimOf(1), NOW)
  known.note(claimOf(1), NOW)
  expect(known.size).toBe(1)
  expect(known.has(claimOf(1), NOW + 599)).toBe(true)
  expect(known.has(claimOf(1), NOW + 600)).toBe(false)
  expect(known.has(claimOf(2), NOW)).toBe(false)
  expect(known.has(claimOf(1, { keyId: 'key_b' }), NOW)).toBe(false)
  expect(known.has(claimOf(1, { partnerId: 'other' }), NOW)).toBe(false)
})

it('a full table leaves claims out, and takes them again when others have expired', () => {
  const known = new KnownClaims(2)
  for (const n of [1, 2, 3]) known.note(claimOf(n), NOW)
  expect([1, 2, 3].map(n => known.has(claimOf(n), NOW))).toEqual([true, true, false])
  const later = { expiresAt: (NOW + 1200) * 1000 }
  known.note(claimOf(3, later), NOW + 600)
  expect(known.has(claimOf(3, later), NOW + 600)).toBe(true)
  expect(known.size).toBe(1)
})

it.each([0, 1.5, Number.NaN, 100_000_001])('%d entries make no sense', entries => {
  expect(() => new KnownClaims(entries)).toThrow('localEntries')
})
