import { describe, expect, test } from 'vitest'
import type { InputRow } from './input-row.js'
import { type InputFormat, openRows } from './read-rows.js'

async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Reads in pieces of every small size: a chunk may end anywhere, in a character or between CR and LF. */
async function read(
  content: string | Buffer,
  name = 'day.csv',
  format: InputFormat = 'auto',
): Promise<InputRow[]> {
  const bytes = Buffer.from(content as string)
  const results: InputRow[][] = []
  for (const size of [1, 2, 3, 7, 64 * 1024]) {
    const rows: InputRow[] = []
    for await (const row of (await openRows(name, chunksOf(bytes, size), { format })).rows) rows.push(row)
    results.push(rows)
  }
  const plain = results.map(rows => JSON.stringify(rows))
  expect(new Set(plain).size).toBe(1)
  return results[0]!
}

const HEADER = 'order_id,status,occurred_at,note'

describe('CSV', () => {
  test.each(['\n', '\r\n', '\r'])(
    'lines are those of the file, with quoted line ends and blank lines: %j',
    async end => {
      const lines = [
        HEADER,
        `A-1,shipped,2026-11-20T10:00:00Z,"one`,
        'two',
        'three"',
        '',
        '',
        'A-2,shipped,2026-11-20T10:00:00Z,',
        ',,,',
        `A-3,shipped,2026-11-20T10:00:00Z,"x`,
        'y"',
        'A-4,shipped,2026-11-20T10:00:00Z,z',
      ]
      const rows = await read(lines.join(end))
      expect(rows.map(({ line, update }) => [line, update?.['orderId']])).toEqual([
        [2, 'A-1'],
        [7, 'A-2'],
        [9, 'A-3'],
        [11, 'A-4'],
      ])
      expect(rows[0]!.update?.['note']).toBe(['one', 'two', 'three'].join(end))
    },
  )

  test('byte order mark, umlauts, doubled quotes, blanks around values, leading zeros', async () => {
    const [row] = await read(
      `\ufefforderId,STATUS,occurred-at,Tracking Number,carrier\n A-1 ,shipped,2026-11-20T10:00:00Z,000123,"Müller ""&"" Söhne"\n`,
    )
    expect(row!.update).toEqual({
      orderId: 'A-1',
      status: 'shipped',
      occurredAt: '2026-11-20T10:00:00Z',
      shipment: { trackingNumber: '000123', carrier: 'Müller "&" Söhne' },
    })
  })

  test.each([';', '\t', '|', ','])('the delimiter is found in the header: %j', async delimiter => {
    const [row] = await read(
      ['order_id', 'status', 'occurred_at'].join(delimiter) +
        '\n' +
        ['A-1', 'shipped', 'x,y;z'].map(cell => `"${cell}"`).join(delimiter),
    )
    expect(row!.update).toEqual({ orderId: 'A-1', status: 'shipped', occurredAt: 'x,y;z' })
  })

  test('empty cells are absent, a sequence is a number', async () => {
    const [row] = await read('order_id,status,occurred_at,sequence,reason\nA-1,shipped,,7, \n')
    expect(row!.update).toEqual({ orderId: 'A-1', status: 'shipped', sequence: 7 })
  })

  test('a quote inside an unquoted cell is a character', async () => {
    const [row] = await read(`${HEADER}\nA-1,shipped,2026-11-20T10:00:00Z,5" screen\n`)
    expect(row!.update?.['note']).toBe('5" screen')
  })

  test('surplus and missing cells are faults of the row; the surplus is kept', async () => {
    const [extra, missing] = await read(`${HEADER}\nA-1,shipped,t,a,b,c\nA-2,shipped\n`)
    expect(extra).toMatchObject({
      line: 2,
      fault: { code: 'extra_cells' },
      original: ['A-1', 'shipped', 't', 'a', 'b', 'c'],
    })
    expect(missing).toMatchObject({
      line: 3,
      fault: { code: 'missing_cells' },
      original: ['A-2', 'shipped', '', ''],
    })
  })

  test('the columns of a rejects file are read over, wherever they stand', async () => {
    const [row] = await read(
      '_line,order_id,status,occurred_at,_code,_detail\n9,A-1,shipped,t,invalid_status,why\n',
    )
    expect(row).toMatchObject({
      update: { orderId: 'A-1', status: 'shipped', occurredAt: 't' },
      original: ['A-1', 'shipped', 't'],
    })
  })

  test.each([
    ['order_id,orderId,status,occurred_at', 'mean the same field'],
    ['order_id,status,occurred_at,', 'column 4 of the header has no name'],
    ['order_id,status,occurred_at,farbe', '"farbe" is unknown'],
    ['order_id', 'no column status, occurred_at'],
  ])('a header that cannot be used: %s', async (header, fault) => {
    await expect(read(`${header}\n1,2,3,4\n`)).rejects.toMatchObject({
      code: 'header_invalid',
      exitCode: 6,
      message: expect.stringContaining(fault),
    })
  })

  test('a quote that is never closed names the last line that was read', async () => {
    await expect(
      read(`${HEADER}\nA-1,shipped,t,\nA-2,shipped,t,"open\nA-3,shipped,t,\n`),
    ).rejects.toMatchObject({
      code: 'csv_malformed',
      message: expect.stringContaining('after line 2'),
    })
  })

  test('a record without end is given up before it fills the memory', async () => {
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from(`${HEADER}\nA-1,shipped,t,"`)
      for (;;) yield Buffer.alloc(64 * 1024, 'x')
    }
    const reading = async (): Promise<void> => {
      for await (const _ of (await openRows('day.csv', endless())).rows);
    }
    await expect(reading()).rejects.toMatchObject({
      code: 'csv_malformed',
      message: expect.stringContaining('after line 1'),
    })
  })
})

describe('UTF-8', () => {
  test.each([
    ['a byte of another encoding', Buffer.from('a\nb\nM\xfcller\n', 'latin1'), 3, 6],
    ['a character cut off at the end', Buffer.from('a\nü').subarray(0, 3), 2, 3],
    ['an overlong form', Buffer.from([0x61, 0x0a, 0xc0, 0xaf]), 2, 3],
    ['half of a character followed by another', Buffer.from([0x61, 0x0a, 0xe2, 0x82, 0x41]), 2, 3],
    ['UTF-16', Buffer.from('\ufeffabc', 'utf16le'), 1, 1],
  ])('%s: line and byte are named', async (_, bytes, line, byte) => {
    for (const size of [1, 2, 3, 1024]) {
      const reading = openRows('day.csv', chunksOf(bytes, size))
      await expect(reading).rejects.toMatchObject({
        code: 'encoding_invalid',
        exitCode: 6,
        message: expect.stringContaining(`line ${line}, byte ${byte} of`),
      })
    }
  })
})

describe('NDJSON', () => {
  test('found by name or by its first character', async () => {
    const line = '{"orderId":"A-1","status":"shipped","occurredAt":"t"}\n'
    for (const name of ['day.ndjson', 'day.JSONL', 'standard input']) {
      expect((await read(line, name))[0]!.update).toEqual({
        orderId: 'A-1',
        status: 'shipped',
        occurredAt: 't',
      })
    }
  })

  test('null is absent, types are left to the validation, prototypes are safe', async () => {
    const rows = await read('{"orderId":null,"note":5}\r\n{"__proto__":1}\n', 'day.ndjson')
    expect(rows[0]!.update).toEqual({ note: 5 })
    expect(rows[1]!.fault).toMatchObject({
      code: 'unknown_field',
      detail: expect.stringContaining('__proto__'),
    })
  })

  test('a line that is no object is a fault of the row, but not as the first', async () => {
    const rows = await read('{}\n[1]\n"x"\n{\n', 'day.ndjson')
    expect(rows.map(({ fault }) => fault?.code)).toEqual([
      undefined,
      'json_invalid',
      'json_invalid',
      'json_invalid',
    ])
    await expect(read('order_id,status\n', 'day.ndjson')).rejects.toMatchObject({
      code: 'ndjson_malformed',
      exitCode: 6,
    })
  })
})

test.each(['', '\ufeff', '\n\r\n  \n'])('an empty input: %j', async content => {
  await expect(read(content)).rejects.toMatchObject({ code: 'file_empty', exitCode: 6 })
})

test('a header without rows is a file of no rows', async () => {
  expect(await read(`${HEADER}\n`)).toEqual([])
})
