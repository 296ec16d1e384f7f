import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PartnerApi, startPartnerApi } from './partner-api.js'
import { type CliResult, createWorkplace, runCli, type Workplace } from './run-cli.js'

let api: PartnerApi
let place: Workplace

beforeEach(async () => {
  api = await startPartnerApi()
  place = await createWorkplace()
  const { url, keyId, secret } = api
  const credential = { url, environment: 'sandbox', api: 'orders', partner: 'acme', hmac: { keyId, secret } }
  await runCli(place, ['auth', 'import', '-'], { stdin: JSON.stringify(credential) })
})

afterEach(async () => {
  await api.close()
  await place.remove()
})

interface Summary {
  readonly rows: number
  readonly accepted: number
  readonly replayed: number
  readonly duplicatesInFile: number
  readonly rejected: number
  readonly pending: number
  readonly byCode: Record<string, number>
  readonly rejectsFile: string | null
  readonly exitCode: number
  readonly file?: { readonly name: string; readonly bytes: number; readonly sha256: string }
}

async function push(args: readonly string[], stdin?: string): Promise<CliResult & { summary: Summary }> {
  const result = await runCli(place, ['push-status', ...args, '--json'], stdin === undefined ? {} : { stdin })
  const summary = JSON.parse(result.stdout) as Summary
  const { rows, accepted, duplicatesInFile, rejected, pending } = summary
  expect(rows).toBe(accepted + duplicatesInFile + rejected + pending)
  expect(result.exitCode).toBe(summary.exitCode)
  return { ...result, summary }
}

describe('the way of a file with faults', () => {
  const FILE = [
    '\ufefforder_id;status;occurred_at;note',
    'A-1;shipped;2026-11-20T10:00:00Z;"two',
    'lines; and ""quotes"""',
    'A-2;shiped;2026-11-20T10:00:00Z;typing error',
    'A-3;shipped;;no time',
    'A-4;shipped;2026-11-20T10:00:00Z',
    'A-5;shipped;2026-11-20T10:00:00Z;too;many',
    'A-1;shipped;2026-11-20T10:00:00Z;"two',
    'lines; and ""quotes"""',
    '',
  ].join('\r\n')

  test('rejects keep columns, delimiter, line ends and lines; once corrected they go through as they are', async () => {
    await writeFile(place.path('day.csv'), FILE)
    const first = await push(['-f', 'day.csv'])
    expect(first.summary).toMatchObject({
      rows: 6,
      accepted: 1,
      duplicatesInFile: 1,
      rejected: 4,
      byCode: { extra_cells: 1, invalid_occurred_at: 1, invalid_status: 1, missing_cells: 1 },
      rejectsFile: 'day.csv.rejects.csv',
      exitCode: 3,
      file: {
        name: 'day.csv',
        bytes: Buffer.byteLength(FILE),
        sha256: createHash('sha256').update(FILE).digest('hex'),
      },
    })
    const rejects = await readFile(place.path('day.csv.rejects.csv'), 'utf8')
    const [header, ...rows] = rejects.split('\r\n')
    expect(header).toBe('\ufefforder_id;status;occurred_at;note;_line;_code;_detail')
    expect(rows.sort()).toEqual([
      '',
      'A-2;shiped;2026-11-20T10:00:00Z;typing error;4;invalid_status;"status ""shiped"" is not a status. Did you mean ""shipped""?"',
      expect.stringMatching(/^A-3;shipped;;no time;5;invalid_occurred_at;"?occurred_at is missing: /),
      'A-4;shipped;2026-11-20T10:00:00Z;;6;missing_cells;The row has 3 cells, the header 4. Was the line cut off?',
      'A-5;shipped;2026-11-20T10:00:00Z;too;7;extra_cells;The row has 5 cells, the header 4. Put a cell that holds the delimiter in double quotes.;many',
    ])

    const again = await push(['-f', 'day.csv'])
    expect(again.summary).toMatchObject({ accepted: 1, replayed: 1, rejected: 4, exitCode: 3 })
    expect(api.stored.size).toBe(1)

    const corrected = rejects
      .replace('shiped;', 'shipped;')
      .replace('A-3;shipped;;', 'A-3;shipped;2026-11-20T12:00:00+01:00;')
      .replace(/;many(?=\r\n)/, '')
    await writeFile(place.path('corrected.csv'), corrected)
    const last = await push(['-f', 'corrected.csv'])
    expect(last.summary).toMatchObject({ rows: 4, accepted: 4, rejected: 0, rejectsFile: null, exitCode: 0 })
    expect([...api.stored.values()].map(({ orderId }) => orderId).sort()).toEqual([
      'A-1',
      'A-2',
      'A-3',
      'A-4',
      'A-5',
    ])
  })

  test('an earlier rejects file, which may hold corrections, is kept', async () => {
    await writeFile(place.path('day.csv'), FILE)
    await writeFile(place.path('day.csv.rejects.csv'), 'corrected by hand')
    await push(['-f', 'day.csv'])
    expect(await readFile(place.path('day.csv.rejects.csv.old'), 'utf8')).toBe('corrected by hand')
  })

  test('--dry-run says the same and sends nothing', async () => {
    await writeFile(place.path('day.csv'), FILE)
    const { summary } = await push(['-f', 'day.csv', '--dry-run'])
    expect(summary).toMatchObject({
      rows: 6,
      accepted: 0,
      duplicatesInFile: 1,
      rejected: 4,
      pending: 1,
      exitCode: 3,
    })
    expect(api.requests).toEqual([])
  })

  test('what is stored is what stood in the file', async () => {
    await writeFile(place.path('day.csv'), FILE)
    await push(['-f', 'day.csv'])
    expect([...api.stored.values()]).toMatchObject([
      {
        orderId: 'A-1',
        status: 'shipped',
        occurredAt: '2026-11-20T10:00:00.000Z',
        note: 'two\r\nlines; and "quotes"',
      },
    ])
  })
})

test('standard input is named as such; its rejects go to the state directory', async () => {
  const csv = 'orderId,status,occurredAt\nA-1,shipped,2026-11-20T10:00:00Z\nA-2,shiped,2026-11-20T10:00:00Z\n'
  const { summary } = await push(['-f', '-'], csv)
  expect(summary).toMatchObject({ accepted: 1, rejected: 1, file: { name: 'standard input' }, exitCode: 3 })
  expect(summary.rejectsFile).toContain(place.path('state'))
  expect(existsSync(summary.rejectsFile!)).toBe(true)
})

test('NDJSON: flat and nested fields, unknown ones and broken lines rejected into NDJSON', async () => {
  const lines = [
    '{"orderId":"A-1","status":"shipped","occurredAt":"2026-11-20T10:00:00Z","tracking_number":"000123"}',
    '{"orderId":"A-2","status":"shipped","occurredAt":"2026-11-20T10:00:00Z","shipment":{"carrier":"DHL"},"lines":[{"lineId":"1","quantity":2}]}',
    '',
    '{"orderId":"A-3","status":"shipped","occurredAt":"2026-11-20T10:00:00Z","colour":"red"}',
    '{"orderId":"A-4",',
    '{"orderId":"A-5","status":"shipped","occurredAt":"2026-11-20T10:00:00Z","note":7}',
  ]
  await writeFile(place.path('day.ndjson'), lines.join('\n'))
  const { summary } = await push(['-f', 'day.ndjson'])
  expect(summary).toMatchObject({
    rows: 5,
    accepted: 2,
    rejected: 3,
    byCode: { invalid_note: 1, json_invalid: 1, unknown_field: 1 },
    rejectsFile: 'day.ndjson.rejects.ndjson',
    exitCode: 3,
  })
  expect([...api.stored.values()]).toMatchObject([
    { orderId: 'A-1', shipment: { trackingNumber: '000123' } },
    { orderId: 'A-2', shipment: { carrier: 'DHL' }, lines: [{ lineId: '1', quantity: 2 }] },
  ])
  const rejects = (await readFile(place.path('day.ndjson.rejects.ndjson'), 'utf8')).trimEnd().split('\n')
  const parsed = rejects.map(line => JSON.parse(line) as Record<string, unknown>)
  expect(parsed.sort((a, b) => Number(a['_line']) - Number(b['_line']))).toMatchObject([
    { orderId: 'A-3', colour: 'red', _line: 4, _code: 'unknown_field' },
    { _raw: '{"orderId":"A-4",', _line: 5, _code: 'json_invalid' },
    { orderId: 'A-5', note: 7, _line: 6, _code: 'invalid_note' },
  ])
  await writeFile(
    place.path('corrected.ndjson'),
    rejects
      .map(line => line.replace('"colour"', '"note"').replace('"note":7', '"note":"7"'))
      .filter(line => !line.includes('_raw'))
      .join('\n'),
  )
  expect((await push(['-f', 'corrected.ndjson'])).summary).toMatchObject({
    rows: 2,
    accepted: 2,
    exitCode: 0,
  })
})

test('--output ndjson has a line for every row, in any order, and the summary last', async () => {
  const csv = 'orderId,status,occurredAt\nA-1,shipped,2026-11-20T10:00:00Z\nA-2,shiped,2026-11-20T10:00:00Z\n'
  await writeFile(place.path('day.csv'), csv)
  const { stdout } = await runCli(place, ['push-status', '-f', 'day.csv', '--output', 'ndjson'])
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  expect(lines.at(-1)).toMatchObject({ schema: 'partner-cli.summary/1', rows: 2 })
  expect(lines.slice(0, -1).sort((a, b) => Number(a['line']) - Number(b['line']))).toMatchObject([
    { line: 2, orderId: 'A-1', result: 'accepted', effect: 'applied', replayed: false },
    { line: 3, orderId: 'A-2', result: 'rejected', code: 'invalid_status' },
  ])
})

test('a file of 20,000 rows keeps to its order per order', async () => {
  const rows = ['order_id,status,occurred_at,note']
  for (let at = 0; at < 20_000; at++) {
    const time = new Date(Date.UTC(2026, 9, 1) + at * 1000).toISOString()
    rows.push(`A-${at % 500},${at % 2 === 0 ? 'packed' : 'shipped'},${time},${'x'.repeat(400)}`)
  }
  await writeFile(place.path('big.csv'), rows.join('\n'))
  const { summary } = await push(['-f', 'big.csv'])
  expect(summary).toMatchObject({ rows: 20_000, accepted: 20_000, exitCode: 0 })
  const last = new Map<string, string>()
  for (const { orderId, occurredAt } of api.stored.values() as Iterable<{
    orderId: string
    occurredAt: string
  }>) {
    expect(occurredAt > (last.get(orderId) ?? '')).toBe(true)
    last.set(orderId, occurredAt)
  }
})
