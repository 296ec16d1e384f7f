import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PartnerApi, problem, startPartnerApi } from './partner-api.js'
import { createWorkplace, runCli, startCli, type Workplace } from './run-cli.js'

const VALID =
  'order_id,status,occurred_at\nA-1,shipped,2026-11-20T10:00:00Z\nA-2,packed,2026-11-20T11:00:00Z\n'

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
  await writeFile(place.path('valid.csv'), VALID)
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

test('0: every row accepted, and again when every row is replayed', async () => {
  const first = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], { env })
  expect(first.exitCode).toBe(0)
  expect(JSON.parse(first.stdout)).toMatchObject({ rows: 2, accepted: 2, replayed: 0, exitCode: 0 })
  const second = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], { env })
  expect(second.exitCode).toBe(0)
  expect(JSON.parse(second.stdout)).toMatchObject({ rows: 2, accepted: 2, replayed: 2, exitCode: 0 })
  expect(api.stored.size).toBe(2)
})

test('0: a single push', async () => {
  const { exitCode, stdout } = await runCli(place, ['push-status', 'A-7', 'delivered', '--carrier', 'DHL'], {
    env,
  })
  expect(exitCode).toBe(0)
  expect(stdout).toContain('A-7 is now delivered')
  expect([...api.stored.values()]).toMatchObject([
    { orderId: 'A-7', status: 'delivered', shipment: { carrier: 'DHL' } },
  ])
})

test('1: a fault of our own says so and asks for a report', async () => {
  const loader = `data:text/javascript,${encodeURIComponent('Date.prototype.toISOString = () => { throw new TypeError("broken on purpose") }')}`
  const { exitCode, stderr } = await runCli(place, ['push-status', 'A-7', 'delivered'], {
    env,
    node: ['--import', loader],
  })
  expect(exitCode).toBe(1)
  expect(stderr).toContain('broken on purpose')
  expect(stderr).toContain('report this')
})

test.each([
  [[], 'Usage: partner-cli'],
  [['no-such-command'], 'no-such-command'],
  [['push-status', 'A-1'], 'ORDER_ID and STATUS'],
  [['push-status', 'A-1', 'shipped', '--no-such-option'], '--no-such-option'],
  [['push-status', '-f', 'valid.csv', '--batch-size', '501'], '1 to 500'],
  [['push-status', '-f', 'valid.csv', '--carrier', 'DHL'], '--carrier'],
  [['push-status', 'A-1', 'shipped', '--concurrency', '2'], '--concurrency'],
  [['push-status', '-f', 'valid.csv', '--rejects', 'valid.csv'], 'the input file itself'],
  [['push-status', '-f', 'valid.csv', '--profile', 'nobody'], 'no profile nobody'],
  [['push-status', '-f', 'valid.csv', '--query', 'a['], 'JMESPath|--query'],
  [['push-status', '-f', 'valid.csv', '--json', '--output', 'ndjson'], 'exclude each other'],
] as const)('2: wrong usage: %j', async (args, hint) => {
  const { exitCode, stderr, stdout } = await runCli(place, args, { env })
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(new RegExp(hint))
  expect(stdout).toBe('')
  expect(api.requests).toEqual([])
})

test('2: a missing set-up and a broken settings file', async () => {
  const missing = await runCli(place, ['push-status', 'A-1', 'shipped'])
  expect(missing.exitCode).toBe(2)
  expect(missing.stderr).toContain('partner-cli auth import FILE')
  await mkdir(place.path('config'))
  await writeFile(place.path('config/config.json'), '{ "profiles": ')
  const broken = await runCli(place, ['push-status', 'A-1', 'shipped'])
  expect(broken.exitCode).toBe(2)
  expect(broken.stderr).toContain(place.path('config/config.json'))
})

test('2: a secret file that others can read is refused, with the command that repairs it', async () => {
  await writeFile(place.path('secret'), api.secret)
  await chmod(place.path('secret'), 0o640)
  const { PARTNER_SECRET: _, ...others } = env
  const { exitCode, stderr } = await runCli(place, ['push-status', 'A-1', 'shipped'], {
    env: { ...others, PARTNER_SECRET_FILE: place.path('secret') },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain(`chmod 600 ${place.path('secret')}`)
  expect(stderr).not.toContain(api.secret)
})

test('3: some rows rejected, found here or by the platform', async () => {
  await writeFile(place.path('some.csv'), `${VALID}A-3,shiped,2026-11-20T10:00:00Z\n`)
  const local = await runCli(place, ['push-status', '-f', 'some.csv', '--json'], { env })
  expect(local.exitCode).toBe(3)
  expect(JSON.parse(local.stdout)).toMatchObject({
    accepted: 2,
    rejected: 1,
    byCode: { invalid_status: 1 },
    exitCode: 3,
  })
  api.intercept = items => ({
    status: 200,
    body: {
      results: items.map(({ eventId }) => ({
        eventId,
        ...problem(422, 'event_id_reused'),
        problem: problem(422, 'event_id_reused').body,
      })),
    },
  })
  const remote = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], { env })
  expect(remote.exitCode).toBe(3)
  expect(JSON.parse(remote.stdout)).toMatchObject({
    accepted: 0,
    rejected: 2,
    byCode: { event_id_reused: 2 },
  })
})

test('4: a wrong secret', async () => {
  const { exitCode, stdout, stderr } = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], {
    env: { ...env, PARTNER_SECRET: 'another secret' },
  })
  expect(exitCode).toBe(4)
  expect(JSON.parse(stdout)).toMatchObject({
    accepted: 0,
    pending: 2,
    exitCode: 4,
    error: { code: 'invalid_credentials' },
  })
  expect(stderr).toContain('partner-cli auth import FILE')
  expect(stderr).not.toContain('another secret')
})

test('4 outranks 3', async () => {
  await writeFile(place.path('some.csv'), `${VALID}A-3,shiped,2026-11-20T10:00:00Z\n`)
  const { exitCode } = await runCli(place, ['push-status', '-f', 'some.csv'], {
    env: { ...env, PARTNER_SECRET: 'another secret' },
  })
  expect(exitCode).toBe(4)
})

test('5: rows stay pending when the platform is busy for all attempts; running again finishes', async () => {
  api.intercept = () => ({ ...problem(503, 'dependency_unavailable', true), headers: { 'retry-after': '0' } })
  const busy = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], { env })
  expect(busy.exitCode).toBe(5)
  expect(JSON.parse(busy.stdout)).toMatchObject({ accepted: 0, pending: 2, exitCode: 5, resumable: true })
  api.intercept = undefined
  const again = await runCli(place, ['push-status', '-f', 'valid.csv', '--json'], { env })
  expect(again.exitCode).toBe(0)
})

test('5: nothing listens there, after a bounded number of attempts', async () => {
  await api.close()
  const { exitCode, stderr } = await runCli(place, ['push-status', 'A-1', 'shipped'], { env })
  expect(exitCode).toBe(5)
  expect(stderr).toContain('nothing listens there')
  expect(stderr).toContain('next:')
})

test.each([
  ['absent.csv', undefined, 'does not exist'],
  ['empty.csv', '', 'is empty'],
  ['blank.csv', '\ufeff\r\n \n', 'is empty'],
  [
    'header.csv',
    'order_id,status,occurred_at,colour\nA-1,shipped,2026-11-20T10:00:00Z,red\n',
    '"colour" is unknown',
  ],
  ['missing.csv', 'order_id,status\nA-1,shipped\n', 'no column occurred_at'],
  [
    'damaged.csv',
    Buffer.concat([Buffer.from(`${VALID}Müll`), Buffer.from('M\xfcller', 'latin1')]),
    'line 4, byte',
  ],
  ['quote.csv', `${VALID}A-3,"shipped,2026-11-20T10:00:00Z\n`, 'never closed'],
  ['array.ndjson', '[\n{}\n]\n', 'line 1'],
  [
    'cut.json',
    '[{"orderId":"A-1","status":"shipped","occurredAt":"2026-11-20T10:00:00Z"},\n{"orderId"',
    'cut off',
  ],
  ['sheet.xlsx', 'PK\x03\x04', 'cannot be read as a workbook'],
  ['sheet.xls', '\xd0\xcf\x11\xe0', 'old format'],
])('6: %s is invalid as a whole, nothing is sent', async (name, content, hint) => {
  if (content !== undefined) await writeFile(place.path(name), content)
  const { exitCode, stdout, stderr } = await runCli(place, ['push-status', '-f', name, '--json'], { env })
  expect(exitCode).toBe(6)
  expect(stderr).toContain(hint.replaceAll('"', '\\"'))
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'partner-cli.summary/1', accepted: 0, exitCode: 6 })
  expect(api.requests).toEqual([])
})

test('6: --on-invalid abort sends nothing when one row is invalid, and all when none is', async () => {
  await writeFile(place.path('some.csv'), `${VALID}A-3,shiped,2026-11-20T10:00:00Z\n`)
  const aborted = await runCli(place, ['push-status', '-f', 'some.csv', '--on-invalid', 'abort', '--json'], {
    env,
  })
  expect(aborted.exitCode).toBe(6)
  expect(JSON.parse(aborted.stdout)).toMatchObject({
    rows: 3,
    accepted: 0,
    rejected: 1,
    pending: 2,
    exitCode: 6,
  })
  expect(api.requests).toEqual([])
  const sent = await runCli(place, ['push-status', '-f', 'valid.csv', '--on-invalid', 'abort', '--json'], {
    env,
  })
  expect(sent.exitCode).toBe(0)
  expect(JSON.parse(sent.stdout)).toMatchObject({ rows: 2, accepted: 2 })
})

test('10: an unknown host, a CA bundle that is none, a place for rejects that cannot be written to', async () => {
  const host = await runCli(
    place,
    ['push-status', 'A-1', 'shipped', '--base-url', 'http://unknown.invalid'],
    { env },
  )
  expect(host.exitCode).toBe(10)
  expect(host.stderr).toContain('unknown.invalid')
  const bundle = await runCli(place, ['push-status', 'A-1', 'shipped', '--ca-bundle', 'valid.csv'], { env })
  expect(bundle.exitCode).toBe(10)
  const rejects = await runCli(place, ['push-status', '-f', 'valid.csv', '--rejects', 'absent/r.csv'], {
    env,
  })
  expect(rejects.exitCode).toBe(10)
  expect(api.requests).toEqual([])
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends with %i and a summary of what was done', async (signal, expected) => {
  const rows = ['A-3,shiped,2026-11-20T10:00:00Z', 'A-1,shipped,2026-11-20T10:00:00Z']
  await writeFile(place.path('some.csv'), `order_id,status,occurred_at\n${rows.join('\n')}\n`)
  let arrived = (): void => {}
  const arrival = new Promise<void>(resolve => (arrived = resolve))
  api.intercept = () => {
    arrived()
    return new Promise(() => {})
  }
  const { child, result } = startCli(place, ['push-status', '-f', 'some.csv', '--json'], { env })
  await arrival
  child.kill(signal)
  const { exitCode, stdout } = await result
  expect(exitCode).toBe(expected)
  expect(JSON.parse(stdout)).toMatchObject({
    rows: 2,
    rejected: 1,
    pending: 1,
    exitCode: expected,
    resumable: true,
  })
})
