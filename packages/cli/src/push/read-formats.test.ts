import { describe, expect, test } from 'vitest'
import { createZip } from '../testing/zip.js'
import type { InputRow } from './input-row.js'
import { openRows, type ReadSettings } from './read-rows.js'
import { translateRow } from './translate-row.js'

/** Reads in pieces of every small size: a chunk may end anywhere. */
async function read(
  content: string | Buffer,
  name: string,
  settings: ReadSettings = {},
): Promise<InputRow[]> {
  const bytes = Buffer.from(content as string)
  const results: InputRow[][] = []
  for (const size of [1, 3, 64 * 1024]) {
    const rows: InputRow[] = []
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    for await (const row of (await openRows(name, chunks(), settings)).rows) rows.push(row)
    results.push(rows)
  }
  for (const result of results) expect(JSON.stringify(result)).toBe(JSON.stringify(results[0]))
  return results[0]!
}

describe('JSON array', () => {
  test('elements are cut at their own commas and brackets, and know their lines', async () => {
    const text =
      ' \n[ {"orderId":"A-1","note":"],[ \\" \\\\"},\n\n  {"orderId":"A-2",\n   "lines":[{"lineId":"1","quantity":2}]}\n, 7, {"orderId":"Müller"} ]\n '
    const rows = await read(text, 'day.json')
    expect(rows.map(({ line, update, fault }) => [line, update?.['orderId'], fault?.code])).toEqual([
      [2, 'A-1', undefined],
      [4, 'A-2', undefined],
      [6, undefined, 'json_invalid'],
      [6, 'Müller', undefined],
    ])
    expect(rows[0]!.update).toEqual({ orderId: 'A-1', note: '],[ " \\' })
    expect(rows[1]!.update?.['lines']).toEqual([{ lineId: '1', quantity: 2 }])
  })

  test('an empty one has no rows; a byte order mark is read over', async () => {
    expect(await read('[]', 'day.json')).toEqual([])
    expect(await read('\ufeff[ \n ]', 'day.json')).toEqual([])
  })

  test.each([
    ['[{"a":1}', 'cut off'],
    ['[{"a":1},]', 'comma'],
    ['[,{"a":1}]', 'comma'],
    ['[{}] {}', 'follows the end'],
    ['"x"', 'does not begin'],
  ])('%s is invalid as a whole', async (text, hint) => {
    await expect(read(text, 'day.json', { format: 'json' })).rejects.toMatchObject({
      code: 'json_malformed',
      exitCode: 6,
      message: expect.stringContaining(hint),
    })
  })
})

describe('tables', () => {
  const columns = new Map([
    ['orderId', 'Bestellnr'],
    ['status', 'Stand'],
    ['occurredAt', 'Zeit'],
  ] as const)

  test('--map: named columns, known ones, and the others read over', async () => {
    const [row] = await read('Bestellnr;Stand;Zeit;Filiale;note;status\n7;x;t;B;hallo;ignored\n', 'day.csv', {
      columns,
    })
    expect(row!.update).toEqual({ orderId: '7', status: 'x', occurredAt: 't', note: 'hallo' })
    expect(row!.original).toEqual(['7', 'x', 't', 'B', 'hallo', 'ignored'])
    expect(row!.nameOf!(['occurredAt'])).toBe('Zeit')
  })

  test('a column of --map that is not there', async () => {
    await expect(read('Bestellnr;Stand;Zeitpunkt\n', 'day.csv', { columns })).rejects.toMatchObject({
      code: 'header_invalid',
      message: expect.stringContaining(
        'no column "Zeit" (--map occurredAt=Zeit); there are Bestellnr, Stand, Zeitpunkt',
      ),
    })
  })

  test('sep= names the delimiter and is a line', async () => {
    const rows = await read(
      '\ufeffsep=|\r\norder_id|status|occurred_at\r\nA-1|"x\r\ny"|t\r\nA-2|x|t\r\n',
      'day.csv',
    )
    expect(rows.map(({ line, update }) => [line, update?.['orderId'], update?.['status']])).toEqual([
      [3, 'A-1', 'x\r\ny'],
      [5, 'A-2', 'x'],
    ])
  })

  test('="007" is how exports protect a number', async () => {
    const [row] = await read('order_id,status,occurred_at\n"=""007""",x,t\n', 'day.csv')
    expect(row!.update?.['orderId']).toBe('007')
  })

  test.each([
    ['day.tsv', 'order_id\tstatus\toccurred_at\nA;1\tx\tt\n', {}],
    ['day.txt', 'order_id^status^occurred_at\nA;1^x^t\n', { delimiter: '^' }],
  ])('%s', async (name, text, settings) => {
    expect((await read(text, name, settings))[0]!.update).toEqual({
      orderId: 'A;1',
      status: 'x',
      occurredAt: 't',
    })
  })

  test('apostrophes are taken off in a rejects file only', async () => {
    const cells = "A-1,x,t,'=1+1"
    const plain = await read(`order_id,status,occurred_at,note\n${cells}\n`, 'day.csv')
    expect(plain[0]!.update?.['note']).toBe("'=1+1")
    const rejects = await read(
      `order_id,status,occurred_at,note,_line,_code,_detail\n${cells},2,c,d\n`,
      'day.csv',
    )
    expect(rejects[0]!.update?.['note']).toBe('=1+1')
  })

  test('ids that a spreadsheet turned into 1.23E+15 are named in the words of the file', async () => {
    const [row] = await read('Bestellnr,Stand,Zeit\n"1,23E+15",x,t\n', 'day.csv', { columns })
    const { fault } = translateRow(row!, { checkNumbers: true })
    expect(fault).toMatchObject({
      code: 'number_damaged',
      detail: expect.stringContaining('Bestellnr "1,23E+15"'),
    })
    expect(translateRow(row!, { checkNumbers: false }).fault).toBeUndefined()
  })
})

describe('XLSX', () => {
  const strings = ['order_id', 'status', 'occurred_at', 'note', '000123', 'shipped', 'Größ & Co.']
  const sheet = (rows: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData></worksheet>`
  const cell = (ref: string, value: string | number, style = ''): string =>
    typeof value === 'string' && strings.includes(value)
      ? `<c r="${ref}" t="s"><v>${strings.indexOf(value)}</v></c>`
      : `<c r="${ref}"${style}><v>${value}</v></c>`
  const workbook = createZip({
    '[Content_Types].xml':
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
    '_rels/.rels':
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    'xl/workbook.xml':
      '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Deckblatt" sheetId="1" r:id="rId1"/><sheet name="Status" sheetId="2" r:id="rId2"/></sheets></workbook>',
    'xl/_rels/workbook.xml.rels':
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId4" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    'xl/styles.xml':
      '<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': `<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${strings.map(text => `<si><t>${text.replace('&', '&amp;')}</t></si>`).join('')}</sst>`,
    'xl/worksheets/sheet1.xml': sheet(''),
    'xl/worksheets/sheet2.xml': sheet(
      [
        `<row r="1">${cell('A1', 'order_id')}${cell('B1', 'status')}${cell('C1', 'occurred_at')}${cell('D1', 'note')}</row>`,
        // 46347.586805555555: 21 November 2026, 14:05
        `<row r="2">${cell('A2', '000123')}${cell('B2', 'shipped')}${cell('C2', '46347.586805555555', ' s="1"')}${cell('D2', 'Größ & Co.')}</row>`,
        `<row r="4">${cell('A4', '1.23456789012346E+17')}${cell('B4', 'shipped')}${cell('C4', '46347.586805555555')}</row>`,
      ].join(''),
    ),
  })

  test('text stays text, dates are wall-clock time, numbers are seen as the file has them', async () => {
    for (const sheet of ['Status', '2']) {
      const rows = await read(workbook, 'day.xlsx', { sheet })
      expect(rows.map(({ line, update }) => [line, update])).toEqual([
        [2, { orderId: '000123', status: 'shipped', occurredAt: '2026-11-21 14:05:00', note: 'Größ & Co.' }],
        [4, { orderId: '1.23456789012346E+17', status: 'shipped', occurredAt: '46347.586805555555' }],
      ])
      const { fault } = translateRow(rows[1]!, { checkNumbers: true })
      expect(fault?.detail).toContain('spreadsheet counts it')
      expect(fault?.detail).toContain('spreadsheet shortened')
    }
  })

  test('its rejects are CSV; a sheet that is not there and a file that is no workbook are told', async () => {
    const opened = await openRows(
      'day.xlsx',
      (async function* () {
        yield workbook
      })(),
      { sheet: '2' },
    )
    expect(opened.shape).toMatchObject({ format: 'csv', delimiter: ';', encoding: 'utf-8' })
    await expect(read(workbook, 'day.xlsx', { sheet: 'Absent' })).rejects.toMatchObject({
      code: 'workbook_invalid',
      exitCode: 6,
    })
    await expect(read(workbook, 'day.xlsx')).rejects.toMatchObject({ code: 'file_empty' })
    await expect(read('PK', 'day.xlsx')).rejects.toMatchObject({ code: 'workbook_invalid' })
  })
})
