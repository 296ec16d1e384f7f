import { expect, test } from 'vitest'
import { countAccepted, countPending, countRejected, createSummary, createTally } from './summary.js'

const FACTS = {
  runId: 'r',
  profile: null,
  environment: 'live',
  dryRun: false,
  startedAt: 's',
  finishedAt: 'f',
  rejectsFile: null,
  exitCode: 3,
} as const

test('late, replayed and unchanged rows are part of accepted; rows add up', () => {
  const tally = createTally()
  tally.rows = 10
  tally.duplicatesInFile = 1
  countAccepted(tally, { effect: 'applied', replayed: false })
  countAccepted(tally, { effect: 'late', replayed: true })
  countAccepted(tally, { effect: 'no_change', replayed: false })
  countRejected(tally, 'invalid_status', 'd', 4)
  expect(countPending(tally)).toBe(5)
  expect(createSummary(tally, FACTS)).toMatchObject({
    schema: 'partner-cli.summary/1',
    rows: 10,
    accepted: 3,
    replayed: 1,
    late: 1,
    unchanged: 1,
    duplicatesInFile: 1,
    rejected: 1,
    pending: 5,
    byCode: { invalid_status: 1 },
    resumable: true,
  })
  expect(createSummary(tally, { ...FACTS, dryRun: true }).resumable).toBe(false)
})

test('codes by frequency, with their first lines in whatever order rows come', () => {
  const tally = createTally()
  tally.rows = 8
  for (const line of [9, 3, 7, 5, 8, 2]) countRejected(tally, 'b', `line ${line}`, line)
  countRejected(tally, 'a', 'x', 1)
  expect(tally.rejects.get('b')).toEqual({ count: 6, detail: 'line 2', lines: [2, 3, 5, 7, 8] })
  expect(Object.keys(createSummary(tally, FACTS).byCode)).toEqual(['b', 'a'])
})
