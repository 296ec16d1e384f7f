import { Command } from 'commander'
import { expect, test } from 'vitest'
import { createPushStatusCommand, type PushStatusOptions } from './command.js'

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
  [
    ['-f', '-'],
    {
      kind: 'file',
      file: '-',
      format: 'auto',
      rejects: undefined,
      onInvalid: 'reject',
      batchSize: 100,
      concurrency: 4,
      dryRun: false,
    },
  ],
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
      kind: 'file',
      file: 'x',
      format: 'ndjson',
      rejects: 'r',
      onInvalid: 'abort',
      batchSize: 500,
      concurrency: 1,
      dryRun: false,
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
])('refused: %j %j %j %j', async (...args) => {
  await expect(parse(args.filter(arg => arg !== undefined))).rejects.toMatchObject({ name: 'CommanderError' })
})
