import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeWindows1252 } from '../src/push/windows-1252.js'
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

async function run(...args: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await runCli(place, [...args, '--json'], { env })).stdout) as Record<string, unknown>
}

const TEXT =
  'order_id;status;occurred_at;carrier;note\r\nA-1;shipped;2026-11-20T10:00:00Z;Größ & Co.;ok\r\nA-2;shiped;2026-11-20T10:00:00Z;Müller;"=HYPERLINK(""http://x"")"\r\n'
const decoders: Record<string, (bytes: Buffer) => string> = {
  'utf-8': bytes => bytes.toString('utf8'),
  'windows-1252': bytes => bytes.toString('latin1'),
  'utf-16le': bytes => bytes.toString('utf16le'),
}

test.each([
  ['utf-8', Buffer.from(TEXT), '\ufeff'],
  ['windows-1252', encodeWindows1252(TEXT), ''],
  ['utf-16le', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), '\ufeff'],
] as const)(
  '%s: rejects in the encoding of the file, safe in a spreadsheet, and back as they were',
  async (encoding, bytes, mark) => {
    await writeFile(place.path('day.csv'), bytes)
    expect(await run('push-status', '-f', 'day.csv')).toMatchObject({ accepted: 1, rejected: 1 })
    const rejects = await readFile(place.path('day.csv.rejects.csv'))
    const text = decoders[encoding]!(rejects)
    expect(text).toMatch(
      new RegExp(
        `^${mark}order_id;status;occurred_at;carrier;note;_line;_code;_detail\\r\\nA-2;shiped;2026-11-20T10:00:00Z;Müller;"'=HYPERLINK\\(""http://x""\\)";3;invalid_status;`,
      ),
    )
    const fixed = text.replace('shiped;', 'shipped;')
    const written =
      encoding === 'windows-1252'
        ? Buffer.from(fixed, 'latin1')
        : Buffer.from(fixed, encoding === 'utf-8' ? 'utf8' : 'utf16le')
    await writeFile(place.path('day.csv.rejects.csv'), written)
    expect(await run('retry')).toMatchObject({ accepted: 1, rejected: 0, exitCode: 0 })
    expect([...api.stored.values()]).toMatchObject([
      { orderId: 'A-1', shipment: { carrier: 'Größ & Co.' } },
      { orderId: 'A-2', shipment: { carrier: 'Müller' }, note: '=HYPERLINK("http://x")' },
    ])
  },
)

test('rejects of a JSON array are a JSON array', async () => {
  await writeFile(
    place.path('day.json'),
    '[{"orderId":"A-1","status":"shiped","occurredAt":"2026-11-20T10:00:00Z"},\n{"orderId":"A-2","status":"shiped","occurredAt":"2026-11-20T10:00:00Z"}]',
  )
  expect(await run('push-status', '-f', 'day.json')).toMatchObject({
    rejected: 2,
    rejectsFile: 'day.json.rejects.json',
  })
  const text = await readFile(place.path('day.json.rejects.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject([
    { orderId: 'A-1', _line: 1, _code: 'invalid_status' },
    { orderId: 'A-2', _line: 2 },
  ])
  await writeFile(place.path('day.json.rejects.json'), text.replaceAll('shiped"', 'shipped"'))
  expect(await run('retry')).toMatchObject({ accepted: 2, exitCode: 0 })
})

test('a damaged column: the short numbers are rejected, and taken with --no-spreadsheet-check', async () => {
  const rows = Array.from({ length: 50 }, (_, index) => {
    const tracking = index === 7 ? '93803011546' : String(100_000_000_000 + index * 17_000_000_019)
    return `A-${index};shipped;2026-11-20T10:00:00Z;${tracking}`
  })
  await writeFile(place.path('day.csv'), ['order_id;status;occurred_at;tracking_number', ...rows].join('\n'))
  const first = await run('push-status', '-f', 'day.csv', '--dry-run')
  expect(first).toMatchObject({ rejected: 1, byCode: { leading_zeros_lost: 1 }, pending: 49 })
  expect(await readFile(place.path('day.csv.rejects.csv'), 'utf8')).toContain(
    '93803011546;9;leading_zeros_lost;',
  )
  expect(await run('push-status', '-f', 'day.csv')).toMatchObject({ accepted: 49, rejected: 1 })
  // Alone, the row would look healthy: that it was not corrected is known from the rejects file.
  expect(await run('retry')).toMatchObject({ accepted: 0, rejected: 1, byCode: { leading_zeros_lost: 1 } })
  const rejects = await readFile(place.path('day.csv.rejects.csv'), 'utf8')
  await writeFile(place.path('day.csv.rejects.csv'), rejects.replace(';93803011546;', ';093803011546;'))
  expect(await run('retry')).toMatchObject({ accepted: 1, exitCode: 0 })
  expect([...api.stored.values()].at(-1)).toMatchObject({ shipment: { trackingNumber: '093803011546' } })
  expect(await run('push-status', '-f', 'day.csv', '--no-spreadsheet-check')).toMatchObject({ accepted: 50 })
})
