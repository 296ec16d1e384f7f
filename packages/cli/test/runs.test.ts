import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type PartnerApi, problem, startPartnerApi } from './partner-api.js'
import { type CliResult, createWorkplace, runCli, startCli, type Workplace } from './run-cli.js'

const HEADER = 'order_id,status,occurred_at'
const row = (order: number, status = 'shipped', minute = 0): string =>
  `A-${order},${status},2026-11-20T10:${String(minute).padStart(2, '0')}:00Z`

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

const run = (args: readonly string[], stdin?: string): Promise<CliResult> =>
  runCli(place, args, stdin === undefined ? { env } : { env, stdin })

async function json(
  args: readonly string[],
  stdin?: string,
): Promise<Record<string, unknown> & { exitCode: number }> {
  const { stdout, exitCode, stderr } = await run([...args, '--json'], stdin)
  const value = JSON.parse(stdout === '' ? stderr : stdout) as Record<string, unknown>
  // What `runs` shows is the exit code of the run, not its own.
  if (args[0] !== 'runs') expect(value['exitCode']).toBe(exitCode)
  return { ...value, exitCode: exitCode! }
}

/** The platform takes the first batch and holds the second one back until the test is over. */
function stallAfterFirst(): Promise<void> {
  let batches = 0
  return new Promise(stalled => {
    api.intercept = () => {
      if (++batches === 1) return undefined
      stalled()
      return new Promise(() => {})
    }
  })
}

describe('a killed run', () => {
  test('the same command goes on with it: what was decided is not sent again', async () => {
    const lines = Array.from({ length: 6 }, (_, index) => row(1, 'shipped', index))
    await writeFile(place.path('day.csv'), [HEADER, row(9, 'shiped'), ...lines].join('\n'))
    const args = ['push-status', '-f', 'day.csv', '--batch-size', '2', '--concurrency', '1']
    const stalled = stallAfterFirst()
    const { child, result } = startCli(place, args, { env })
    await stalled
    const [runId] = readdirSync(place.path('state/runs'))
    const journal = place.path(`state/runs/${runId}/journal.ndjson`)
    await vi.waitFor(() => expect(readFileSync(journal, 'utf8').match(/"accepted"/g)).toHaveLength(2))
    child.kill('SIGKILL')
    await result
    // A power cut in the middle of a line.
    appendFileSync(journal, '{"type":"row","row":5,"result":"acc')

    const listed = await json(['runs', 'list'])
    expect(listed['runs']).toMatchObject([{ runId, state: 'interrupted', rows: 7, accepted: 2, pending: 5 }])

    api.intercept = undefined
    api.requests.length = 0
    const { stdout, stderr } = await run([...args, '--json'])
    expect(stderr).toContain(`Resuming run ${runId}: 2 of 7 rows are done.`)
    expect(JSON.parse(stdout)).toMatchObject({
      runId,
      rows: 7,
      accepted: 6,
      rejected: 1,
      pending: 0,
      decidedEarlier: 2,
      exitCode: 3,
      resumable: false,
    })
    expect(api.requests).toHaveLength(2)
    expect([...api.stored.values()].map(event => event['occurredAt'])).toEqual(
      lines.map((_, index) => `2026-11-20T10:0${index}:00.000Z`),
    )
    for (const line of readFileSync(journal, 'utf8').trim().split('\n')) JSON.parse(line)
    expect((await json(['runs', 'list']))['runs']).toMatchObject([{ runId, state: 'finished', accepted: 6 }])

    // Finished: from now on the same command is a new run, which the platform recognises.
    expect(await json(args)).toMatchObject({ accepted: 6, replayed: 6 })
  })

  test('a lock left behind is taken over, by another command too', async () => {
    await writeFile(place.path('day.csv'), [HEADER, row(1), row(2)].join('\n'))
    const stalled = stallAfterFirst()
    const args = ['push-status', '-f', 'day.csv', '--batch-size', '1', '--concurrency', '1']
    const { child, result } = startCli(place, args, { env })
    await stalled
    child.kill('SIGKILL')
    await result
    expect(readdirSync(place.path('state/locks'))).toHaveLength(1)
    api.intercept = undefined
    await writeFile(place.path('other.csv'), [HEADER, row(3)].join('\n'))
    expect(await json(['push-status', '-f', 'other.csv'])).toMatchObject({ accepted: 1, exitCode: 0 })
    expect(readdirSync(place.path('state/locks'))).toEqual([])
  })

  test('--resume never, another map and an edited file begin anew', async () => {
    await writeFile(place.path('day.csv'), [HEADER, row(1), row(2)].join('\n'))
    const args = ['push-status', '-f', 'day.csv', '--batch-size', '1', '--concurrency', '1']
    const stalled = stallAfterFirst()
    const { child, result } = startCli(place, args, { env })
    await stalled
    child.kill('SIGKILL')
    await result
    api.intercept = () => ({
      ...problem(503, 'dependency_unavailable', true),
      headers: { 'retry-after': '0' },
    })
    for (const more of [
      ['--resume', 'never'],
      ['--timezone', 'Europe/Berlin'],
    ]) {
      const { stderr } = await run([...args, ...more])
      expect(stderr).not.toContain('Resuming')
    }
    api.intercept = undefined
    await writeFile(place.path('day.csv'), [HEADER, row(1), row(2), row(3)].join('\n'))
    const edited = await json(args)
    expect(edited).toMatchObject({ accepted: 3, replayed: 1, exitCode: 0 })
    expect(edited['decidedEarlier']).toBeUndefined()
  })
})

describe('retry', () => {
  test('pending rows: goes on with the run, from standard input too', async () => {
    api.intercept = () => ({
      ...problem(503, 'dependency_unavailable', true),
      headers: { 'retry-after': '0' },
    })
    const busy = await json(['push-status', '-f', '-'], [HEADER, row(1), row(2)].join('\n'))
    expect(busy).toMatchObject({ pending: 2, exitCode: 5, resumable: true })
    api.intercept = undefined
    expect(await json(['retry'])).toMatchObject({
      runId: busy['runId'],
      accepted: 2,
      pending: 0,
      exitCode: 0,
    })
    expect(existsSync(place.path(`state/runs/${String(busy['runId'])}/input`))).toBe(false)
    expect((await run(['retry'])).stdout).toContain('left nothing to send again')
    expect((await run(['retry', '--error-on-empty'])).exitCode).toBe(9)
  })

  test('corrected rejects are read as the run read its file; new rejects take their place', async () => {
    await writeFile(place.path('codes.txt'), '# ours\nZUG=delivered\n')
    await writeFile(
      place.path('day.csv'),
      'Nr;Stand;Zeit\r\nA-1;ZUG;21.11.2026 14:05\r\nA-2;XXX;21.11.2026 14:06\r\nA-3;YYY;21.11.2026 14:07\r\n',
    )
    const map = [
      '--map',
      'orderId=Nr,status=Stand,occurredAt=Zeit',
      '--status-map',
      'codes.txt',
      '--timezone',
      'Europe/Berlin',
    ]
    const first = await json(['push-status', '-f', 'day.csv', ...map])
    expect(first).toMatchObject({ accepted: 1, rejected: 2, exitCode: 3 })
    const rejects = place.path('day.csv.rejects.csv')
    await writeFile(rejects, (await readFile(rejects, 'utf8')).replace(';XXX;', ';ZUG;'))
    const second = await json(['retry', String(first['runId']).slice(0, 15)])
    expect(second).toMatchObject({
      rows: 2,
      accepted: 1,
      rejected: 1,
      exitCode: 3,
      retryOf: first['runId'],
      rejectsFile: rejects,
    })
    expect(await readFile(rejects, 'utf8')).toMatch(
      /^Nr;Stand;Zeit;_line;_code;_detail\r\nA-3;YYY;[^\n]*\r\n$/,
    )
    expect(await readFile(`${rejects}.old`, 'utf8')).toContain('A-2;ZUG')
    await writeFile(place.path('fixed.tsv'), 'Nr\tStand\tZeit\nA-3\tdelivered\t21.11.2026 14:07\n')
    expect(await json(['retry', 'last', '--rejects', 'fixed.tsv'])).toMatchObject({
      accepted: 1,
      exitCode: 0,
    })
    expect([...api.stored.values()]).toMatchObject([
      { orderId: 'A-1', status: 'delivered', occurredAt: '2026-11-21T13:05:00.000Z' },
      { orderId: 'A-2', status: 'delivered', occurredAt: '2026-11-21T13:06:00.000Z' },
      { orderId: 'A-3', status: 'delivered', occurredAt: '2026-11-21T13:07:00.000Z' },
    ])
  })

  test('a file that changed is not sent as if it were the old one; an unknown run is told', async () => {
    api.intercept = () => ({
      ...problem(503, 'dependency_unavailable', true),
      headers: { 'retry-after': '0' },
    })
    await writeFile(place.path('day.csv'), [HEADER, row(1)].join('\n'))
    await run(['push-status', '-f', 'day.csv'])
    await writeFile(place.path('day.csv'), [HEADER, row(2)].join('\n'))
    api.intercept = undefined
    const changed = await run(['retry'])
    expect(changed.exitCode).toBe(6)
    expect(changed.stderr).toContain('not the file of that run any more')
    expect((await run(['retry', '19991231'])).exitCode).toBe(2)
    expect(api.stored.size).toBe(0)
  })
})

test('runs show, rejects, export and prune', async () => {
  await writeFile(place.path('day.csv'), [HEADER, row(1), row(2, 'shiped'), row(1)].join('\r\n'))
  const { runId } = await json(['push-status', '-f', 'day.csv'])
  expect(await json(['runs', 'show'])).toMatchObject({
    runId,
    accepted: 1,
    rejected: 1,
    duplicatesInFile: 1,
    state: 'finished',
  })
  expect((await run(['runs', 'show'])).stdout).toContain(`Next: partner-cli retry ${String(runId)}`)
  expect((await run(['runs', 'rejects', 'last'])).stdout).toBe(
    await readFile(place.path('day.csv.rejects.csv'), 'utf8'),
  )
  const rows = (await run(['runs', 'export'])).stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { line: number })
  expect(rows.sort((a, b) => a.line - b.line)).toMatchObject([
    {
      row: 0,
      line: 2,
      orderId: 'A-1',
      result: 'accepted',
      effect: 'applied',
      eventId: expect.stringMatching(/^[\w-]{32}$/),
    },
    { row: 1, line: 3, orderId: 'A-2', result: 'rejected', code: 'invalid_status', local: true },
    { row: 2, line: 4, orderId: 'A-1', result: 'duplicate' },
  ])
  expect(await json(['runs', 'prune'])).toMatchObject({ removed: [] })
  expect(await json(['runs', 'prune', '--older-than', '0s', '--dry-run'])).toMatchObject({ removed: [runId] })
  expect(await json(['runs', 'prune', '--older-than', '0s'])).toMatchObject({ removed: [runId] })
  expect((await run(['runs', 'list'])).stdout).toBe('There is no run yet.\n')
})

test('journal, rejects and summary of a run are private, and hold no secret', async () => {
  await writeFile(place.path('day.csv'), [HEADER, row(1), row(2, 'shiped')].join('\n'))
  const { runId } = await json(['push-status', '-f', 'day.csv'])
  const folder = place.path(`state/runs/${String(runId)}`)
  const { statSync } = await import('node:fs')
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  for (const name of ['journal.ndjson', 'rejects', 'summary.json']) {
    expect(statSync(`${folder}/${name}`).mode & 0o777, name).toBe(0o600)
    expect(readFileSync(`${folder}/${name}`, 'utf8')).not.toContain(api.secret)
  }
})

describe('7: --max-rejects', () => {
  const spoiled = [HEADER, row(1), ...Array.from({ length: 3 }, (_, index) => row(index + 2, 'shiped'))].join(
    '\n',
  )

  test.each([['2'], ['50%']])(
    '%s: more wrong rows than that in the file, and nothing is sent',
    async limit => {
      await writeFile(place.path('day.csv'), spoiled)
      const result = await json(['push-status', '-f', 'day.csv', '--max-rejects', limit])
      expect(result).toMatchObject({
        accepted: 0,
        rejected: 3,
        exitCode: 7,
        error: { code: 'too_many_rejects' },
      })
      expect(api.requests).toEqual([])
      expect(await json(['push-status', '-f', 'day.csv', '--max-rejects', '75%'])).toMatchObject({
        exitCode: 3,
      })
    },
  )

  test('more than that refused by the platform: the run stops and can be gone on with', async () => {
    await writeFile(
      place.path('day.csv'),
      [HEADER, ...Array.from({ length: 6 }, (_, index) => row(1, 'shipped', index))].join('\n'),
    )
    api.intercept = items => ({
      status: 200,
      body: {
        results: items.map(({ eventId }) => ({
          eventId,
          status: 404,
          problem: problem(404, 'order_not_found').body,
        })),
      },
    })
    const args = [
      'push-status',
      '-f',
      'day.csv',
      '--batch-size',
      '1',
      '--concurrency',
      '1',
      '--max-rejects',
      '1',
    ]
    const stopped = await json(args)
    const { rejected, pending } = stopped
    // The batch that is under way when the second refusal comes may still be answered.
    expect([
      [2, 4],
      [3, 3],
    ]).toContainEqual([rejected, pending])
    expect(stopped).toMatchObject({ exitCode: 7 })
    api.intercept = undefined
    expect(await json([...args.slice(0, -1), '3'])).toMatchObject({
      accepted: pending,
      rejected,
      exitCode: 3,
      decidedEarlier: rejected,
    })
  })
})

describe('8: another run', () => {
  test('holds the lock: 8 at once, 8 after --wait-lock, and 0 when it ends in time', async () => {
    await writeFile(place.path('day.csv'), [HEADER, row(1)].join('\n'))
    await writeFile(place.path('other.csv'), [HEADER, row(2)].join('\n'))
    let release = (): void => {}
    const arrived = new Promise<void>(resolve => {
      api.intercept = () => {
        resolve()
        return new Promise(done => {
          release = () => done(undefined)
        })
      }
    })
    const first = startCli(place, ['push-status', '-f', 'day.csv'], { env })
    await arrived
    const second = await json(['push-status', '-f', 'other.csv'])
    expect(second).toMatchObject({
      exitCode: 8,
      error: { code: 'locked', message: expect.stringContaining(`${first.child.pid}@`) },
    })
    expect((await json(['runs', 'list']))['runs']).toMatchObject([{ state: 'running', pending: 1 }])
    expect((await run(['push-status', '-f', 'other.csv', '--wait-lock', '300ms'])).exitCode).toBe(8)
    const waiting = startCli(place, ['push-status', '-f', 'other.csv', '--wait-lock', '1m'], { env })
    await new Promise<void>(resolve =>
      waiting.child.stderr!.on('data', text => String(text).includes('Waiting for') && resolve()),
    )
    api.intercept = undefined
    release()
    expect((await first.result).exitCode).toBe(0)
    expect((await waiting.result).exitCode).toBe(0)
    expect(api.stored.size).toBe(2)
  })

  test('a dry run, validate and a single push need no lock', async () => {
    await mkdir(place.path('state/locks'), { recursive: true })
    await writeFile(place.path('day.csv'), [HEADER, row(1)].join('\n'))
    const arrived = stallAfterFirst()
    await writeFile(place.path('two.csv'), [HEADER, row(1), row(2)].join('\n'))
    const first = startCli(
      place,
      ['push-status', '-f', 'two.csv', '--batch-size', '1', '--concurrency', '1'],
      { env },
    )
    await arrived
    expect((await run(['validate', 'day.csv'])).exitCode).toBe(0)
    expect((await run(['push-status', '-f', 'day.csv', '--dry-run'])).exitCode).toBe(0)
    api.intercept = undefined
    expect((await run(['push-status', 'A-7', 'shipped'])).exitCode).toBe(0)
    first.child.kill('SIGKILL')
    await first.result
  })
})

test.each([
  ['header.csv', `${HEADER}\n`],
  ['empty.json', '[]'],
])('9: %s has no row, with --error-on-empty; without it that is fine', async (name, content) => {
  await writeFile(place.path(name), content)
  expect(await json(['push-status', '-f', name, '--error-on-empty'])).toMatchObject({ rows: 0, exitCode: 9 })
  expect(await json(['push-status', '-f', name])).toMatchObject({ rows: 0, exitCode: 0 })
})

describe('10: the state folder', () => {
  test('is a file: told before anything is sent', async () => {
    await writeFile(place.path('day.csv'), [HEADER, row(1)].join('\n'))
    await writeFile(place.path('state'), 'in the way')
    const { exitCode, stderr } = await run(['push-status', '-f', 'day.csv'])
    expect(exitCode).toBe(10)
    expect(stderr).toContain('PARTNER_STATE_DIR')
    expect(api.requests).toEqual([])
  })

  test('is read-only: told before anything is sent', async () => {
    await writeFile(place.path('day.csv'), [HEADER, row(1)].join('\n'))
    // Whoever runs the tests may write everywhere, so the file system says no by itself.
    const loader = `data:text/javascript,${encodeURIComponent(`
      import fs from 'node:fs/promises'
      import { syncBuiltinESMExports } from 'node:module'
      for (const name of ['mkdir', 'open']) {
        const real = fs[name]
        fs[name] = (path, ...rest) =>
          String(path).startsWith(${JSON.stringify(place.path('state'))})
            ? Promise.reject(Object.assign(new Error('read-only'), { code: 'EROFS' }))
            : real(path, ...rest)
      }
      syncBuiltinESMExports()`)}`
    const { exitCode, stderr } = await runCli(place, ['push-status', '-f', 'day.csv'], {
      env,
      node: ['--import', loader],
    })
    expect(exitCode).toBe(10)
    expect(stderr).toContain('it is read-only')
    expect(stderr).toContain('PARTNER_STATE_DIR')
    expect(api.requests).toEqual([])
  })

  test('gets full in the middle: nothing more is sent, and the same command finishes later', async () => {
    await writeFile(
      place.path('day.csv'),
      [HEADER, ...Array.from({ length: 40 }, (_, index) => row(1, 'shipped', index))].join('\n'),
    )
    // A disk with 4 KiB left.
    const loader = `data:text/javascript,${encodeURIComponent(`
      import fs from 'node:fs/promises'
      const probe = await fs.open(${JSON.stringify(place.path('probe'))}, 'w')
      const write = Object.getPrototypeOf(probe).write
      await probe.close()
      let left = 4096
      Object.getPrototypeOf(probe).write = function (data, ...rest) {
        left -= data.length
        if (left < 0) return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
        return write.call(this, data, ...rest)
      }`)}`
    const args = ['push-status', '-f', 'day.csv', '--batch-size', '1', '--concurrency', '1', '--json']
    const full = await runCli(place, args, { env, node: ['--import', loader] })
    expect(full.exitCode).toBe(10)
    expect(JSON.parse(full.stdout)).toMatchObject({
      exitCode: 10,
      error: { code: 'journal_unwritable' },
      resumable: true,
    })
    expect(full.stderr).toContain('the disk is full')
    const sent = api.stored.size
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(40)
    expect(await json(args.slice(0, -1))).toMatchObject({ accepted: 40, exitCode: 0 })
    expect(api.stored.size).toBe(40)
  })
})

test('5: --deadline ends the run in time, and the same command goes on', async () => {
  await writeFile(place.path('day.csv'), [HEADER, row(1), row(2)].join('\n'))
  const stalled = stallAfterFirst()
  const args = ['push-status', '-f', 'day.csv', '--batch-size', '1', '--concurrency', '1']
  const late = await json([...args, '--deadline', '2s'])
  await stalled
  expect(late).toMatchObject({ accepted: 1, pending: 1, exitCode: 5, error: { code: 'deadline_reached' } })
  api.intercept = undefined
  expect(await json(args)).toMatchObject({ accepted: 2, decidedEarlier: 1, exitCode: 0 })
})

test('5: a file that is still being written is not trusted, and pushed anew once it is complete', async () => {
  const note = 'x'.repeat(400)
  const rows = Array.from({ length: 2000 }, (_, index) => `${row(index)},${note}`)
  await writeFile(place.path('day.csv'), `${HEADER},note\n${rows.join('\n')}\n`)
  let release = (): void => {}
  const arrived = new Promise<void>(resolve => {
    api.intercept = () => {
      resolve()
      return new Promise(done => {
        release = () => done(undefined)
      })
    }
  })
  const args = ['push-status', '-f', 'day.csv', '--batch-size', '100', '--concurrency', '1', '--json']
  const { result } = startCli(place, args, { env })
  await arrived
  appendFileSync(place.path('day.csv'), `${row(2000)},late\n`)
  api.intercept = undefined
  release()
  const { stdout, exitCode } = await result
  expect(exitCode).toBe(5)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'file_changed' }, exitCode: 5 })
  const again = await json(args.slice(0, -1))
  expect(again).toMatchObject({ rows: 2001, accepted: 2001, exitCode: 0 })
  expect(again['decidedEarlier']).toBeUndefined()
  expect(api.stored.size).toBe(2001)
})

test('--rate holds the rows back, --report writes the summary', async () => {
  await writeFile(
    place.path('day.csv'),
    [HEADER, ...Array.from({ length: 12 }, (_, index) => row(index))].join('\n'),
  )
  const begun = performance.now()
  const summary = await json(['push-status', '-f', 'day.csv', '--rate', '10/s', '--report', 'report.json'])
  // The first ten go at once, the other two a second later.
  expect(performance.now() - begun).toBeGreaterThan(1000)
  expect(JSON.parse(await readFile(place.path('report.json'), 'utf8'))).toEqual(summary)
  await rm(place.path('report.json'))
})
