import { chmod, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PartnerApi, startPartnerApi } from './partner-api.js'
import { createWorkplace, runCli, type Workplace } from './run-cli.js'

let api: PartnerApi
let place: Workplace
let env: Record<string, string>

beforeEach(async () => {
  api = await startPartnerApi()
  place = await createWorkplace()
  env = {
    PARTNER_BASE_URL: api.url,
    PARTNER_ENVIRONMENT: 'sandbox',
    PARTNER_KEY_ID: api.keyId,
    PARTNER_SECRET: api.secret,
  }
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

interface Report {
  readonly ok: boolean
  readonly exitCode: number
  readonly checks: readonly {
    readonly name: string
    readonly status: string
    readonly detail: string
    readonly fix?: string
  }[]
}

async function diagnose(
  changes: Record<string, string> = {},
): Promise<Report & { byName: Record<string, string> }> {
  const { exitCode, stdout } = await runCli(place, ['doctor', '--json'], { env: { ...env, ...changes } })
  const report = JSON.parse(stdout) as Report
  expect(report.exitCode).toBe(exitCode)
  for (const { status, fix } of report.checks) if (status === 'fail') expect(fix).toMatch(/\w/)
  return { ...report, byName: Object.fromEntries(report.checks.map(({ name, status }) => [name, status])) }
}

test('all is well, but for a secret in the environment', async () => {
  const { ok, exitCode, byName } = await diagnose()
  expect([ok, exitCode]).toEqual([true, 0])
  expect(byName).toEqual({
    node: 'ok',
    state: 'ok',
    quota: 'skip',
    credential: 'warn',
    dns: 'ok',
    tls: 'skip',
    connection: 'ok',
    clock: 'ok',
    access: 'ok',
    scope: 'ok',
  })
})

test('no set-up at all: exit 2', async () => {
  const { exitCode, stdout } = await runCli(place, ['doctor'])
  expect(exitCode).toBe(2)
  expect(stdout).toMatch(/FAIL +credential .*\n +fix: +partner-cli auth import FILE/)
})

test('an unknown host: exit 10, and nothing that depends on it fails as well', async () => {
  const { exitCode, byName } = await diagnose({ PARTNER_BASE_URL: 'https://unknown.invalid' })
  expect(exitCode).toBe(10)
  expect(byName).toMatchObject({
    dns: 'fail',
    tls: 'skip',
    connection: 'skip',
    access: 'skip',
    scope: 'skip',
  })
})

test('nothing listens there: exit 5', async () => {
  await api.close()
  const { exitCode, byName } = await diagnose()
  expect(exitCode).toBe(5)
  expect(byName).toMatchObject({ dns: 'ok', connection: 'fail', access: 'skip' })
})

test('TLS that is none: exit 10', async () => {
  const { exitCode, byName } = await diagnose({ PARTNER_BASE_URL: api.url.replace('http:', 'https:') })
  expect(exitCode).toBe(10)
  expect(byName).toMatchObject({ dns: 'ok', tls: 'fail', access: 'skip' })
})

test('a clock that is ten minutes behind: exit 10, and by how much', async () => {
  api.clockOffsetMs = 600_000
  const { exitCode, checks } = await diagnose()
  expect(exitCode).toBe(10)
  expect(checks.find(({ name }) => name === 'clock')).toMatchObject({
    status: 'fail',
    detail: expect.stringMatching(/^(599|600) s behind the server/),
  })
})

test('a wrong secret: exit 4', async () => {
  const { exitCode, byName } = await diagnose({ PARTNER_SECRET: 'another' })
  expect(exitCode).toBe(4)
  expect(byName).toMatchObject({ connection: 'ok', clock: 'ok', access: 'fail', scope: 'skip' })
})

test('a scope that is missing: exit 4', async () => {
  api.scopes = ['orders:read']
  const { exitCode, byName } = await diagnose()
  expect(exitCode).toBe(4)
  expect(byName).toMatchObject({ access: 'ok', scope: 'fail' })
})

test('a state folder that cannot be used: exit 10', async () => {
  await writeFile(place.path('file'), '')
  const { exitCode, checks } = await diagnose({ PARTNER_STATE_DIR: place.path('file/state') })
  expect(exitCode).toBe(10)
  expect(checks.find(({ name }) => name === 'state')).toMatchObject({
    status: 'fail',
    detail: expect.stringContaining('ENOTDIR'),
    fix: expect.stringContaining('PARTNER_STATE_DIR'),
  })
})

test('a secret file that others can read: refused, and the chmod to run', async () => {
  await writeFile(place.path('secret'), api.secret)
  await chmod(place.path('secret'), 0o644)
  const { exitCode, checks } = await diagnose({ PARTNER_SECRET_FILE: place.path('secret') })
  expect(exitCode).toBe(2)
  expect(checks.find(({ name }) => name === 'credential')).toMatchObject({
    status: 'fail',
    fix: `chmod 600 ${place.path('secret')}`,
  })
})

test('a proxy: one that nobody answers for is named, without its password', async () => {
  const proxy = { http_proxy: 'http://user:canary-pw@127.0.0.1:1' }
  const { stdout } = await runCli(place, ['doctor'], { env: { ...env, ...proxy } })
  expect(stdout).toMatch(
    /FAIL +proxy +http:\/\/127\.0\.0\.1:1 \(http_proxy\) does not answer \(ECONNREFUSED\)/,
  )
  expect(stdout).not.toContain('canary-pw')
})
