import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDemoCredential } from './demo-credential.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-credential-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('is a new one each time without a folder, and the same one with it', () => {
  const [a, b] = [openDemoCredential(undefined, 1), openDemoCredential(undefined, 1)]
  expect(a.keyId).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
  expect(a.secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(new Set([a.keyId, b.keyId, a.secret, b.secret]).size).toBe(4)
  const kept = openDemoCredential(folder, 1)
  expect(openDemoCredential(folder, 2)).toEqual(kept)
  expect(statSync(join(folder, 'credential.json')).mode & 0o777).toBe(0o600)
})

it('says which file is damaged, and not what stands in it', () => {
  writeFileSync(join(folder, 'credential.json'), '{"secret":"hunter2"')
  expect(() => openDemoCredential(folder, 1)).toThrow(/credential\.json holds no credential/)
  expect(() => openDemoCredential(folder, 1)).not.toThrow(/hunter2/)
})
