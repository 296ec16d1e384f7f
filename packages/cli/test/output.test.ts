import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PartnerApi, startPartnerApi } from './partner-api.js'
import { BIN, createWorkplace, runCli, type Workplace } from './run-cli.js'

let api: PartnerApi
let place: Workplace

beforeEach(async () => {
  api = await startPartnerApi()
  place = await createWorkplace()
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

async function importCredential(): Promise<void> {
  const { url, keyId, secret } = api
  const credential = { baseUrl: url, environment: 'sandbox', api: 'orders', hmac: { keyId, secret } }
  await writeFile(place.path('credential.json'), JSON.stringify(credential), { mode: 0o600 })
  const { exitCode, stderr } = await runCli(place, ['auth', 'import', 'credential.json'])
  expect([exitCode, stderr]).toEqual([0, ''])
}

test('--version, --help and usage errors load neither the HTTP client, nor the settings, nor jose, nor the sdk', async () => {
  // A resolve hook on a thread of its own writes what is asked for to a file: it sees every import.
  const log = place.path('imports.log')
  const resolver = `import { appendFileSync } from 'node:fs'
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  appendFileSync(${JSON.stringify(log)}, found.url + '\\n')
  return found
}`
  const loader = `import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(resolver)}))`
  const node = ['--import', `data:text/javascript,${encodeURIComponent(loader)}`]
  for (const args of [
    ['--version'],
    ['--help'],
    ['push-status', '--help'],
    ['push-status'],
    ['help', 'exit-codes'],
  ]) {
    await runCli(place, args, { node })
  }
  const cheap = await readFile(log, 'utf8')
  expect(cheap).toContain('/dist/bin.js')
  expect(cheap).not.toMatch(/undici|\/conf\/|\/jose\/|oauth4webapi|csv-parse|jmespath|packages\/sdk/)
  // The hook does see them when they are loaded.
  await importCredential()
  await runCli(place, ['push-status', 'A-1', 'shipped'], { node })
  const push = await readFile(log, 'utf8')
  expect(push).toMatch(/\/conf\//)
  expect(push).toMatch(/packages\/sdk/)
  expect(push).not.toMatch(/undici|\/jose\/|oauth4webapi|csv-parse|jmespath/)
  await runCli(place, ['api', 'GET', '/v1/whoami'], { node })
  expect(await readFile(log, 'utf8')).toMatch(/undici/)
})

test('no escape codes when the output is no terminal, whatever is asked for', async () => {
  await importCredential()
  await writeFile(place.path('day.csv'), 'order_id,status,occurred_at\nA-1,shiped,2026-11-20T10:00:00Z\n')
  for (const args of [
    ['push-status', '-f', 'day.csv'],
    ['push-status', '-f', 'day.csv', '-v', '--debug'],
    ['doctor'],
    ['no-such-command'],
    ['--help'],
  ]) {
    const { stdout, stderr } = await runCli(place, args, {
      env: { FORCE_COLOR: '1', TERM: 'xterm-256color' },
    })
    expect(`${stdout}${stderr}`).not.toMatch(/[\u001b\r]/)
  }
})

test('a reader that goes away is no error', async () => {
  const script = `"${process.execPath}" "${BIN}" help formats; echo "exit $?" >&2`
  const { stderr, status } = spawnSync('sh', ['-c', `(${script}) | head -c 1 >/dev/null`], {
    env: place.env,
    encoding: 'utf8',
  })
  expect(status).toBe(0)
  expect(stderr).toBe('exit 0\n')
})

test('the secret shows nowhere: not in outputs, not in settings, not with --debug, not for a flag that holds it', async () => {
  await importCredential()
  await writeFile(
    place.path('day.csv'),
    'order_id,status,occurred_at\nA-1,shiped,2026-11-20T10:00:00Z\nA-2,packed,2026-11-20T10:00:00Z\n',
  )
  const outputs: string[] = []
  for (const args of [
    ['push-status', '-f', 'day.csv', '--debug', '-v'],
    ['push-status', 'A-1', 'shipped', '--debug', '--json'],
    ['sign', 'POST', '/v1/order-statuses', '-d', '{}'],
    ['sign', 'GET', '/v1/whoami', '--json'],
    ['doctor'],
    ['doctor', '--json'],
    ['push-status', 'A-1', 'shipped', `--secret=${api.secret}`],
    ['push-status', 'A-1', 'shipped', '--api-key', api.secret],
    ['auth', 'import', 'day.csv'],
  ]) {
    const { stdout, stderr } = await runCli(place, args)
    outputs.push(stdout, stderr)
  }
  expect(outputs.join('\n')).not.toContain(api.secret)
  const holders: string[] = []
  for (const entry of await readdir(place.folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile() && (await readFile(path, 'utf8')).includes(api.secret)) holders.push(path)
  }
  expect(holders.sort()).toEqual([place.path('config/secrets/default'), place.path('credential.json')].sort())
})

test('a flag for a secret is unknown, and the error says how to give one', async () => {
  const { exitCode, stderr } = await runCli(place, ['push-status', 'A-1', 'shipped', '--secret', 'hunter2'])
  expect(exitCode).toBe(2)
  expect(stderr).toContain("Unknown option '--secret'")
  expect(stderr).toContain('PARTNER_SECRET_FILE')
  expect(stderr).not.toContain('hunter2')
})

test('-q says nothing when all is well, and everything when it is not', async () => {
  await importCredential()
  await writeFile(place.path('good.csv'), 'order_id,status,occurred_at\nA-2,packed,2026-11-20T10:00:00Z\n')
  await writeFile(place.path('bad.csv'), 'order_id,status,occurred_at\nA-1,shiped,2026-11-20T10:00:00Z\n')
  expect(await runCli(place, ['push-status', '-f', 'good.csv', '-q'])).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: '',
  })
  const { stdout } = await runCli(place, ['push-status', '-f', 'bad.csv', '-q'])
  expect(stdout).toContain('invalid_status')
  expect(stdout).toContain('bad.csv.rejects.csv')
})

test('--query prints its part as JSON', async () => {
  await importCredential()
  const { stdout } = await runCli(place, [
    'push-status',
    'A-1',
    'shipped',
    '--query',
    '{ok: accepted, to: receipt.currentStatus}',
  ])
  expect(JSON.parse(stdout)).toEqual({ ok: 1, to: 'shipped' })
})
