import { Command } from 'commander'
import { expect, test } from 'vitest'
import { createPushStatusCommand, type PushStatusOptions } from './command.js'

const DEFAULTS = {
  kind: 'file',
  format: 'auto',
  encoding: 'auto',
  delimiter: undefined,
  sheet: undefined,
  columns: new Map(),
  statusMap: undefined,
  timezone: undefined,
  checkNumbers: true,
  rejects: undefined,
  onInvalid: 'reject',
  maxRejects: undefined,
  batchSize: 100,
  concurrency: 4,
  rate: undefined,
  deadlineMs: undefined,
  resume: 'auto',
  waitLockMs: 0,
  report: undefined,
  errorOnEmpty: false,
  dryRun: false,
} as const

async function parse(args: readonly string[]): Promise<PushStatusOptions> {
  let options: PushStatusOptions | undefined
  const command = createPushStatusCommand(
    async (_command, _run, given) => {
      options = given as PushStatusOptions
    },
    async () => 0,
  )
  command.exitOverride().configureOutput({ outputError: () => {} })
  await new Command()
    .addCommand(command)
    .exitOverride()
    .parseAsync(['push-status', ...args], { from: 'user' })
  return options!
}

test.each<[string[], PushStatusOptions]>([
  [['A-1', 'shipped'], { kind: 'single', orderId: 'A-1', update: { status: 'shipped' }, dryRun: false }],
  [
    [
      'A-1',
      'shipped',
      '--occurred-at',
      't',
      '--tracking-number',
      '007',
      '--sequence',
      '0',
      '--note',
      '',
      '--dry-run',
    ],
    {
      kind: 'single',
      orderId: 'A-1',
      update: {
        status: 'shipped',
        occurredAt: 't',
        note: '',
        sequence: 0,
        shipment: { trackingNumber: '007' },
      },
      dryRun: true,
    },
  ],
  [['-f', '-'], { ...DEFAULTS, file: '-' }],
  [
    [
      '--file',
      'x',
      '--format',
      'ndjson',
      '--rejects',
      'r',
      '--on-invalid',
      'abort',
      '--batch-size',
      '500',
      '--concurrency',
      '1',
    ],
    {
      ...DEFAULTS,
      file: 'x',
      format: 'ndjson',
      rejects: 'r',
      onInvalid: 'abort',
      batchSize: 500,
      concurrency: 1,
    },
  ],
  [
    [
      '-f',
      'x',
      '--map',
      'orderId=Bestellnr,status="Stand, neu"',
      '--map',
      'occurred_at=Zeit',
      '--status-map',
      'm.json',
      '--timezone',
      'Europe/Berlin',
      '--delimiter',
      'tab',
      '--encoding',
      'windows-1252',
      '--sheet',
      '2',
      '--no-spreadsheet-check',
      '--max-rejects',
      '2.5%',
      '--rate',
      '600/m',
      '--deadline',
      '1h30m',
      '--resume',
      'never',
      '--wait-lock',
      '10m',
      '--report',
      'r.json',
      '--error-on-empty',
    ],
    {
      ...DEFAULTS,
      file: 'x',
      columns: new Map([
        ['orderId', 'Bestellnr'],
        ['status', 'Stand, neu'],
        ['occurredAt', 'Zeit'],
      ]),
      statusMap: 'm.json',
      timezone: 'Europe/Berlin',
      delimiter: '\t',
      encoding: 'windows-1252',
      sheet: '2',
      checkNumbers: false,
      maxRejects: { percent: 2.5 },
      rate: 10,
      deadlineMs: 5_400_000,
      resume: 'never',
      waitLockMs: 600_000,
      report: 'r.json',
      errorOnEmpty: true,
    },
  ],
])('%j', async (args, expected) => {
  expect(await parse(args)).toEqual(expected)
})

test.each([
  [],
  ['A-1'],
  ['A-1', 'shipped', 'extra'],
  ['A-1', 'shipped', '-f', 'x'],
  ['A-1', 'shipped', '--rejects', 'r'],
  ['-f', 'x', '--note', 'n'],
  ['-f', 'x', '--batch-size', '0'],
  ['-f', 'x', '--batch-size', '1e2'],
  ['-f', 'x', '--format', 'xml'],
  ['A-1', 'shipped', '--sequence', '-1'],
  ['A-1', 'shipped', '--map', 'status=S'],
  ['-f', 'x', '--map', 'status'],
  ['-f', 'x', '--map', 'stats=S'],
  ['-f', 'x', '--map', 'status=S,status=T'],
  ['-f', 'x', '--map', 'status=S,,x'],
  ['-f', 'x', '--max-rejects', '101%'],
  ['-f', 'x', '--max-rejects', '-1'],
  ['-f', 'x', '--deadline', '5 minutes'],
  ['-f', 'x', '--rate', '0/s'],
  ['-f', 'x', '--delimiter', ';;'],
])('refused: %j %j %j %j', async (...args) => {
  await expect(parse(args.filter(arg => arg !== undefined))).rejects.toMatchObject({ name: 'CommanderError' })
})
