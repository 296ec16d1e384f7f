import { describe, expect, it } from 'vitest'
import type { Credential } from './credential.js'
import { resolveGrantedScopes } from './granted-scopes.js'

const ROLES = new Map([
  ['carrier', ['orders:status:write', 'orders:read']],
  ['auditor', ['orders:read', 'audit:read']],
])
const grant = (change: Partial<Credential>, proved?: readonly string[]): string[] => {
  const credential = { scopes: ['a'], ...change } as Credential
  return [...resolveGrantedScopes(credential, ROLES, proved)].sort()
}

describe('resolveGrantedScopes', () => {
  it.each([
    [{}, undefined, ['a']],
    [{ roles: ['carrier'] }, undefined, ['a', 'orders:read', 'orders:status:write']],
    [{ roles: ['carrier', 'auditor'] }, undefined, ['a', 'audit:read', 'orders:read', 'orders:status:write']],
    [{ roles: ['unheard of', '__proto__', 'constructor'] }, undefined, ['a']],
    [{ roles: ['carrier'], restrictedTo: ['orders:read', 'audit:read'] }, undefined, ['orders:read']],
    [{ restrictedTo: [] }, undefined, []],
    [{ roles: ['auditor'] }, ['audit:read', 'orders:status:write'], ['audit:read']],
    [{}, [], []],
  ])('%j with a proof for %j may %j', (credential, proved, expected) => {
    expect(grant(credential, proved)).toEqual(expected)
  })
})
