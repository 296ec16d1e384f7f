import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ReadyFile, removeReadyFile, writeReadyFile } from './ready-file.js'

const READY: ReadyFile = {
  url: 'http://127.0.0.1:1',
  environment: 'sandbox',
  api: 'orders',
  partner: 'acme',
  hmac: { keyId: 'demo_acme_1', secret: 's' },
  apiKey: 'k',
  httpSignature: { keyId: 'demo_acme_2', privateKeyPem: 'p' },
  pid: 42,
}
let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-ready-'))
  file = join(folder, 'ready.json')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('replaces an open file by a private one, and a link rather than its target', () => {
  const target = join(folder, 'target')
  writeFileSync(target, 'precious', { mode: 0o644 })
  symlinkSync(target, file)
  writeReadyFile(file, READY)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(READY)
  expect(readFileSync(target, 'utf8')).toBe('precious')
  expect(readdirSync(folder).sort()).toEqual(['ready.json', 'target'])
})

it('is taken away by the process that wrote it only', () => {
  writeReadyFile(file, READY)
  removeReadyFile(file, 43)
  expect(readdirSync(folder)).toEqual(['ready.json'])
  removeReadyFile(file, 42)
  expect(readdirSync(folder)).toEqual([])
  removeReadyFile(file, 42)
})
