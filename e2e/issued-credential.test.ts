// What the platform issues is what the partner's program takes: server-verify issue → partner-cli auth import.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const BINS = {
  'server-verify': fileURLToPath(new URL('../packages/server-verify/bin/server-verify.js', import.meta.url)),
  'partner-cli': fileURLToPath(new URL('../packages/cli/bin/partner-cli.js', import.meta.url)),
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-issued-'))
  writeFileSync(join(folder, 'kek'), `kek_1 ${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 })
})

afterEach(() => rmSync(folder, { recursive: true }))

function run(bin: keyof typeof BINS, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BINS[bin], ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      COUNTERSIGN_STORE: 'file:credentials.json',
      COUNTERSIGN_KEK_FILE: 'kek',
      COUNTERSIGN_BASE_URL: 'https://api.example.com',
      PARTNER_CONFIG_DIR: join(folder, 'config'),
    },
  })
  expect(status, stderr).toBe(0)
  return stdout
}

test('an HMAC credential goes from the one into the other, and so does its successor', () => {
  const rights = ['--environment', 'sandbox', '--scope', 'orders:status:write']
  run('server-verify', 'issue', 'acme', ...rights, '--out', 'acme.json')
  const { hmac } = JSON.parse(readFileSync(join(folder, 'acme.json'), 'utf8'))
  expect(run('partner-cli', 'auth', 'import', 'acme.json')).toContain(hmac.keyId)
  run('server-verify', 'rotate', hmac.keyId, '--out', 'next.json')
  const next = JSON.parse(readFileSync(join(folder, 'next.json'), 'utf8'))
  expect(run('partner-cli', 'auth', 'import', 'next.json')).toContain(next.hmac.keyId)
  expect(readFileSync(join(folder, 'config', 'secrets', 'default'), 'utf8').trim()).toBe(next.hmac.secret)
})
