import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type PartnerApi, problem, startPartnerApi } from './partner-api.js'
import { type CliResult, createWorkplace, runCli, startCli, type Workplace } from './run-cli.js'

const HEADER = 'order_id,status,occurred_at'
const ONCE = ['watch', 'in', '--once', '--settle', '40ms', '--json']

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
  await mkdir(place.path('in'))
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

const run = (args: readonly string[] = ONCE): Promise<CliResult> => runCli(place, args, { env })
const drop = (name: string, ...rows: string[]): Promise<void> =>
  writeFile(place.path(`in/${name}`), [HEADER, ...rows].join('\n'))
const row = (order: number, status = 'shipped'): string => `A-${order},${status},2026-11-20T10:00:00Z`
const list = (folder: string): string[] =>
  readdirSync(place.path(`in/${folder}`))
    .map(name => name.replace(/\d{8}T\d{6}Z-[0-9a-f]{6}/, 'RUN'))
    .sort()

test('--once: good files to done, bad ones to failed, with rejects and summary; unfinished names are left', async () => {
  await drop('good.csv', row(1))
  await drop('some.csv', row(2), row(3, 'shiped'))
  await writeFile(place.path('in/broken.csv'), 'a,b\n1,2\n')
  for (const name of ['x.csv.part', '.y.csv', '~$z.xlsx', 'notes.pdf'])
    await writeFile(place.path(`in/${name}`), 'x')
  const { stdout, exitCode } = await run()
  expect(exitCode).toBe(6)
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'partner-cli.watch/1',
    done: 1,
    failed: 2,
    waiting: 0,
    exitCode: 6,
  })
  expect(list('done')).toEqual(['good.RUN.csv', 'good.RUN.csv.summary.json'])
  expect(list('failed')).toEqual([
    'broken.RUN.csv',
    'broken.RUN.csv.summary.json',
    'some.RUN.csv',
    'some.RUN.csv.rejects.csv',
    'some.RUN.csv.summary.json',
  ])
  expect(list('processing')).toEqual([])
  expect(list('.')).toEqual(['.y.csv', 'done', 'failed', 'notes.pdf', 'processing', 'x.csv.part', '~$z.xlsx'])
  const some = readdirSync(place.path('in/failed')).find(name => /^some.*summary/.test(name))!
  const summary = JSON.parse(await readFile(place.path(`in/failed/${some}`), 'utf8')) as {
    rejectsFile: string
  }
  expect(summary).toMatchObject({ accepted: 1, rejected: 1, file: { name: 'some.csv' }, exitCode: 3 })

  // Corrected and dropped again, it goes through; `retry` would find it too.
  const rejects = await readFile(summary.rejectsFile, 'utf8')
  await writeFile(place.path('in/corrected.csv'), rejects.replace('shiped', 'shipped'))
  expect((await run()).exitCode).toBe(0)
  expect([...api.stored.values()].map(({ orderId }) => orderId).sort()).toEqual(['A-1', 'A-2', 'A-3'])
})

test('rejects of a watched file can be corrected where they lie', async () => {
  await drop('some.csv', row(2), row(3, 'shiped'))
  expect((await run()).exitCode).toBe(3)
  const name = readdirSync(place.path('in/failed')).find(name => name.endsWith('.rejects.csv'))!
  const path = place.path(`in/failed/${name}`)
  await writeFile(path, (await readFile(path, 'utf8')).replace('shiped', 'shipped'))
  const { stdout } = await run(['retry', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ rows: 1, accepted: 1, exitCode: 0 })
})

test('an empty folder: 0, and 9 with --error-on-empty; a folder that is not there: 10', async () => {
  expect((await run()).exitCode).toBe(0)
  expect((await run([...ONCE, '--error-on-empty'])).exitCode).toBe(9)
  expect((await run(['watch', 'absent', '--once'])).exitCode).toBe(10)
})

test('--require-ok waits for FILE.ok; with it a file is taken without settling', async () => {
  await drop('a.csv', row(1))
  await drop('b.csv', row(2))
  await drop('c.csv', row(3))
  await writeFile(place.path('in/b.csv.ok'), '')
  await writeFile(place.path('in/c.ok'), '')
  const { exitCode } = await run(['watch', 'in', '--once', '--settle', '10m', '--require-ok', '--json'])
  expect(exitCode).toBe(0)
  expect(list('done').filter(name => name.endsWith('.csv'))).toEqual(['b.RUN.csv', 'c.RUN.csv'])
  expect(list('.')).toEqual(['a.csv', 'done', 'failed', 'processing'])
})

test('a file that grows is not taken before it is complete', async () => {
  await drop('slow.csv', row(0))
  const { child, result } = startCli(place, ['watch', 'in', '--once', '--settle', '400ms', '--json'], { env })
  await vi.waitFor(() => expect(existsSync(place.path('in/processing'))).toBe(true), 10_000)
  for (let at = 1; at <= 4; at++) {
    await new Promise(resolve => setTimeout(resolve, 150))
    await drop('slow.csv', ...Array.from({ length: at + 1 }, (_, index) => row(index)))
  }
  expect((await result).exitCode).toBe(0)
  expect(child.killed).toBe(false)
  expect(api.stored.size).toBe(5)
})

test('what cannot be sent now goes back and is finished later, under the same run', async () => {
  await drop('day.csv', row(1), row(2))
  api.intercept = () => ({ ...problem(503, 'dependency_unavailable', true), headers: { 'retry-after': '0' } })
  const busy = await run()
  expect(busy.exitCode).toBe(5)
  const [first] = (JSON.parse(busy.stdout) as { files: { runId: string; placed: null }[] }).files
  expect(first!.placed).toBeNull()
  expect(list('.')).toContain('day.csv')
  api.intercept = undefined
  const later = await run()
  expect(JSON.parse(later.stdout)).toMatchObject({
    done: 1,
    files: [{ name: 'day.csv', runId: first!.runId, exitCode: 0 }],
  })
})

test('killed in the middle: the next one takes the file over and goes on with the run', async () => {
  await drop('day.csv', row(1), row(2))
  const arrived = new Promise<void>(resolve => {
    api.intercept = () => {
      resolve()
      return new Promise(() => {})
    }
  })
  const { child, result } = startCli(place, ONCE, { env })
  await arrived
  child.kill('SIGKILL')
  await result
  expect(list('.')).not.toContain('day.csv')
  api.intercept = undefined
  const { stdout, exitCode } = await run()
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { done: 1 }])
  expect(list('done')).toContain('day.RUN.csv')
  expect(list('processing')).toEqual([])
})

test('several at once: every file is pushed by one of them, and once', async () => {
  for (let file = 0; file < 8; file++) await drop(`f${file}.csv`, row(file), row(file, 'delivered'))
  const results = await Promise.all([run(), run(), run()])
  const summaries = results.map(
    ({ stdout }) => JSON.parse(stdout) as { done: number; failed: number; waiting: number },
  )
  expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
  expect(summaries.reduce((sum, { done }) => sum + done, 0)).toBe(8)
  expect(summaries.every(({ failed, waiting }) => failed + waiting === 0)).toBe(true)
  expect(api.stored.size).toBe(16)
  expect(api.requests).toHaveLength(8)
})

test('without --once it goes on until it is asked to end, and a moved-back file is pushed again', async () => {
  const { child, result } = startCli(place, ['watch', 'in', '--settle', '40ms', '--output', 'ndjson'], {
    env,
  })
  await vi.waitFor(() => expect(existsSync(place.path('in/done'))).toBe(true), 10_000)
  await writeFile(place.path('in/broken.csv.tmp'), `${HEADER}\nA-1`)
  await rename(place.path('in/broken.csv.tmp'), place.path('in/broken.csv'))
  await vi.waitFor(() => expect(list('failed')).toContain('broken.RUN.csv'), 10_000)
  await drop('good.csv', row(1))
  await vi.waitFor(() => expect(list('done')).toContain('good.RUN.csv'), 10_000)
  child.kill('SIGTERM')
  const { exitCode, stdout } = await result
  expect(exitCode).toBe(143)
  const last = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { schema?: string })
  expect(last.filter(({ schema }) => schema === 'partner-cli.summary/1')).toHaveLength(2)
})
