import { expect, test } from 'vitest'
import { formatClosing } from './closing-table.js'
import { countAccepted, countRejected, createSummary, createTally } from './summary.js'

function closing(columns: number | undefined): string {
  const tally = createTally()
  tally.rows = 10
  countAccepted(tally, { effect: 'late', replayed: false })
  for (const line of [9, 17, 4333, 5000, 5001, 5002])
    countRejected(tally, 'invalid_status', 'status "shiped" is not a status. Did you mean "shipped"?', line)
  countRejected(tally, 'extra_cells', 'The row has 5 cells, the header 4.', 12)
  const summary = createSummary(tally, {
    runId: 'r',
    profile: null,
    environment: 'live',
    dryRun: false,
    startedAt: '',
    finishedAt: '',
    rejectsFile: 'my day.csv.rejects.csv',
    exitCode: 5,
  })
  return formatClosing({ summary, tally, seconds: 131, columns })
}

test('into a pipe: nothing is cut', () => {
  expect(closing(undefined)).toBe(
    [
      '10 rows:   accepted 1 (late 1)   rejected 7   pending 2   2m11s',
      '',
      '  rows  code            first lines                 for example',
      '     6  invalid_status  9, 17, 4333, 5000, 5001, …  status "shiped" is not a status. Did you mean "shipped"?',
      '     1  extra_cells     12                          The row has 5 cells, the header 4.',
      '',
      'Rejected: my day.csv.rejects.csv (7 rows; _line, _code, _detail say why)',
      'Pending:  run the same command again;',
      '          what was accepted is not applied twice',
    ].join('\n'),
  )
})

test.each([80, 60, 40, 200])('on a terminal of %i columns the table fits', columns => {
  const table = closing(columns).split('\n\n')[1]!.split('\n')
  for (const line of table) expect(line.length).toBeLessThan(columns === 40 ? 60 : columns)
  expect(table.join('\n')).toContain('status "shiped"')
})
