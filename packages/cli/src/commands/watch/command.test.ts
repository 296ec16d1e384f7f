import { Command } from 'commander'
import { expect, test } from 'vitest'
import type { Start } from '../../start.js'
import { createRetryCommand } from '../retry/command.js'
import { createRunsCommand } from '../runs/command.js'
import { createValidateCommand } from '../validate/command.js'
import { createWatchCommand } from './command.js'

async function parse(args: readonly string[]): Promise<unknown> {
  let options: unknown
  const start: Start = async (_command, _run, given) => {
    options = given
  }
  const program = new Command().exitOverride().configureOutput({ outputError: () => {} })
  for (const create of [createRetryCommand, createRunsCommand, createValidateCommand, createWatchCommand]) {
    const command = create(start)
    for (const each of [command, ...command.commands]) each.copyInheritedSettings(program)
    program.addCommand(command)
  }
  await program.parseAsync(args, { from: 'user' })
  return options
}

test.each<[string[], object]>([
  [
    ['watch', 'in'],
    {
      directory: 'in',
      once: false,
      settleMs: 5000,
      requireOk: false,
      patterns: [],
      sending: { waitLockMs: 365 * 86_400_000 },
    },
  ],
  [['watch', 'in', '--once'], { once: true, sending: { waitLockMs: 600_000 } }],
  [
    ['watch', 'in', '--once', '--wait-lock', '0s', '--glob', '*.csv', '--glob', '*.txt'],
    { patterns: ['*.csv', '*.txt'], sending: { waitLockMs: 0 } },
  ],
  [
    ['watch', 'in', '--map', 'status=Stand', '--settle', '1m', '--require-ok'],
    { settleMs: 60_000, requireOk: true, reading: { columns: new Map([['status', 'Stand']]) } },
  ],
  [['retry'], { run: 'last', sending: { rejects: undefined, dryRun: false } }],
  [
    ['retry', '2026', '--rejects', 'r.csv', '--dry-run'],
    { run: '2026', sending: { rejects: 'r.csv', dryRun: true } },
  ],
  [
    ['validate', 'f', '--timezone', 'UTC', '--error-on-empty'],
    { file: 'f', timezone: 'UTC', errorOnEmpty: true, rejects: undefined },
  ],
  [['runs', 'list'], { kind: 'list', limit: 20, unfinished: false }],
  [['runs', 'export'], { kind: 'export', run: 'last' }],
  [['runs', 'rejects', 'x'], { kind: 'rejects', run: 'x' }],
  [['runs', 'prune'], { kind: 'prune', olderThanMs: 90 * 86_400_000, unfinished: false, dryRun: false }],
  [
    ['runs', 'prune', '--older-than', '30d', '--unfinished', '--dry-run'],
    { kind: 'prune', olderThanMs: 30 * 86_400_000, unfinished: true, dryRun: true },
  ],
])('%j', async (args, expected) => {
  expect(await parse(args)).toMatchObject(expected)
})

test.each([
  [['watch']],
  [['watch', 'in', '--rejects', 'r']],
  [['retry', '--resume', 'never']],
  [['validate']],
  [['runs', 'prune', '--older-than', 'x']],
])('refused: %j', async args => {
  await expect(parse(args)).rejects.toMatchObject({ name: 'CommanderError' })
})
