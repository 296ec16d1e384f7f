import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Decisions } from './decisions.js'
import { openJournal } from './journal.js'
import { readJournal } from './read-journal.js'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  path = join(folder, 'journal.ndjson')
})
afterEach(() => rm(folder, { recursive: true }))

const never = (): never => {
  throw new Error('The disk did not refuse.')
}

async function readAll(): Promise<unknown[]> {
  const records: unknown[] = []
  for await (const record of readJournal(path)) records.push(record)
  return records
}

test('what was flushed is in the file, in order, and private', async () => {
  const journal = await openJournal(path, never)
  for (let row = 0; row < 1000; row++) journal.append({ row })
  await journal.flush()
  expect(await readAll()).toEqual(Array.from({ length: 1000 }, (_, row) => ({ row })))
  journal.append({ row: 1000 })
  await journal.close()
  expect(await readAll()).toHaveLength(1001)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test.each(['{"row":2,"resu', '{"row":2', '\0\0\0\0', '{'])(
  'a torn end is cut off before more is written: %j',
  async torn => {
    const first = await openJournal(path, never)
    first.append({ row: 1 })
    await first.close()
    await appendFile(path, torn)
    expect(await readAll()).toEqual([{ row: 1 }])
    const second = await openJournal(path, never)
    second.append({ row: 3 })
    await second.close()
    expect(await readFile(path, 'utf8')).toBe('{"row":1}\n{"row":3}\n')
  },
)

test('zeros of a power cut and other nonsense in the middle are read over', async () => {
  await appendFile(path, '{"row":1}\n\0\0\0\n[1\n7\n"x"\n{"row":2}\n')
  expect(await readAll()).toEqual([{ row: 1 }, { row: 2 }])
})

test('decisions: what is final is kept, what was found out here is decided anew', () => {
  const decisions = new Decisions()
  const base = { type: 'row', line: 1 } as const
  decisions.add({ ...base, row: 5000, result: 'accepted', effect: 'late', replayed: true })
  decisions.add({ ...base, row: 1, result: 'accepted', effect: 'no_change', replayed: false })
  decisions.add({ ...base, row: 2, result: 'rejected', code: 'c', detail: 'd' })
  decisions.add({ ...base, row: 3, result: 'rejected', code: 'c', detail: 'd', local: true })
  decisions.add({ ...base, row: 4, result: 'duplicate' })
  decisions.add({ ...base, row: -1, result: 'accepted' })
  expect(decisions.receiptOf(5000)).toEqual({ effect: 'late', replayed: true })
  expect(decisions.receiptOf(1)).toEqual({ effect: 'no_change', replayed: false })
  expect([decisions.rejectionOf(2), decisions.rejectionOf(3)]).toEqual([
    { code: 'c', detail: 'd' },
    undefined,
  ])
  expect([1, 2, 3, 4, 5, 9999].map(row => decisions.isNoted(row))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ])
  expect(decisions.count).toBe(3)
})
