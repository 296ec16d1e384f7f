import { expect, test } from 'vitest'
import { createMemoryRevocationList } from './memory-revocation-list.js'

const TOKEN = { issuer: 'https://as.example', tokenId: 'a', clientId: 'c', issuedAt: 1_000_000 }

test('a token is revoked by issuer and jti', () => {
  const list = createMemoryRevocationList()
  expect(list.isRevoked(TOKEN)).toBe(false)
  list.revokeToken({ issuer: TOKEN.issuer, tokenId: 'a', expiresAt: Date.now() + 60_000 })
  expect(list.isRevoked(TOKEN)).toBe(true)
  expect(list.isRevoked({ ...TOKEN, issuer: 'https://other.example' })).toBe(false)
  expect(list.isRevoked({ ...TOKEN, tokenId: 'b' })).toBe(false)
})

test('a client is revoked up to a moment, which never moves back', () => {
  const list = createMemoryRevocationList()
  list.revokeClient({ issuer: TOKEN.issuer, clientId: 'c', issuedUpTo: 1_000_000 })
  list.revokeClient({ issuer: TOKEN.issuer, clientId: 'c', issuedUpTo: 5 })
  expect(list.isRevoked(TOKEN)).toBe(true)
  expect(list.isRevoked({ ...TOKEN, issuedAt: 1_000_001 })).toBe(false)
  expect(list.isRevoked({ ...TOKEN, clientId: 'd' })).toBe(false)
  list.revokeClient({ issuer: TOKEN.issuer, clientId: 'c', issuedUpTo: 1_000_001 })
  expect(list.isRevoked({ ...TOKEN, issuedAt: 1_000_001 })).toBe(true)
})

test('a token and a client of one name are two things', () => {
  const list = createMemoryRevocationList()
  list.revokeToken({ issuer: TOKEN.issuer, tokenId: 'c', expiresAt: Number.MAX_SAFE_INTEGER })
  expect(list.isRevoked(TOKEN)).toBe(false)
})

test('expired entries make room, live ones are never dropped', () => {
  const clock = { now: 0 }
  const list = createMemoryRevocationList({ maxEntries: 2, now: () => clock.now })
  list.revokeToken({ issuer: 'i', tokenId: '1', expiresAt: 10 })
  list.revokeToken({ issuer: 'i', tokenId: '2', expiresAt: 20 })
  list.revokeToken({ issuer: 'i', tokenId: '2', expiresAt: 20 })
  expect(() => list.revokeToken({ issuer: 'i', tokenId: '3', expiresAt: 20 })).toThrow(RangeError)
  // A verifier whose clock is behind still takes the token.
  clock.now = 599_000
  expect(() => list.revokeToken({ issuer: 'i', tokenId: '3', expiresAt: 20 })).toThrow(RangeError)
  expect(list.isRevoked({ ...TOKEN, issuer: 'i', tokenId: '1' })).toBe(true)
  clock.now = 600_010
  list.revokeToken({ issuer: 'i', tokenId: '3', expiresAt: 700_000 })
  expect(list.size).toBe(2)
  expect(list.isRevoked({ ...TOKEN, issuer: 'i', tokenId: '2' })).toBe(true)
  expect(() => list.revokeClient({ issuer: 'i', clientId: 'c', issuedUpTo: 1 })).toThrow(RangeError)
})

test('10,000 revocations of short-lived tokens keep the list small', () => {
  const clock = { now: 0 }
  const list = createMemoryRevocationList({ now: () => clock.now })
  for (let i = 0; i < 10_000; i++) {
    clock.now = i * 1000
    list.revokeToken({ issuer: 'i', tokenId: String(i), expiresAt: clock.now + 10_000 })
  }
  expect(list.size).toBeLessThan(1500)
})
