import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runPartnerCli } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
const data = join(import.meta.dirname, '..', 'examples', 'data')
const facts = JSON.parse(readFileSync(join(data, 'spedition-export.facts.json'), 'utf8')) as {
  map: string
  timezone: string
  rows: number
  accepted: number
  duplicatesInFile: number
  rejected: number
  rejectedLines: number[]
  repeatedHourLines: number[]
  carriers: string[]
}
const file = join(folder.path, 'spedition-export.csv')
const rejects = `${file}.rejects.csv`
const TRANSLATION = [
  '--map',
  facts.map,
  '--status-map',
  join(data, 'spedition-status-map.json'),
  '--timezone',
  facts.timezone,
]
let sandbox: SandboxProcess

beforeAll(async () => {
  writeFileSync(file, readFileSync(join(data, 'spedition-export.csv')))
  sandbox = await startSandboxProcess(folder.path)
  const imported = await runPartnerCli(folder.path, ['auth', 'import', sandbox.readyFile])
  expect(imported.code, imported.stderr).toBe(0)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

it('validates the export of a haulier: Windows-1252, semicolons, German columns, codes and times', async () => {
  const { code, stdout } = await runPartnerCli(folder.path, ['validate', file, ...TRANSLATION, '--json'])
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    rows: facts.rows,
    rejected: facts.rejected,
    duplicatesInFile: facts.duplicatesInFile,
    pending: facts.accepted,
    warnings: { repeated_hour: facts.repeatedHourLines.length },
    dryRun: true,
  })
})

it('pushes it, and rejects the unknown codes with their lines, quoted line ends counted', async () => {
  const { code, stdout, stderr } = await runPartnerCli(folder.path, [
    'push-status',
    '-f',
    file,
    ...TRANSLATION,
    '--json',
  ])
  expect(code, stderr).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    rows: facts.rows,
    accepted: facts.accepted,
    duplicatesInFile: facts.duplicatesInFile,
    rejected: facts.rejected,
    byCode: { invalid_status: facts.rejected },
    late: 0,
    pending: 0,
    rejectsFile: rejects,
  })
  const text = readFileSync(rejects, 'latin1')
  expect(text.split('\r\n')[0]).toBe(
    'Bestellnr;Sendung;Stand;Zeitpunkt;Spediteur;Bemerkung;_line;_code;_detail',
  )
  const lines = [...text.matchAll(/;(\d+);invalid_status;"/g)].map(match => Number(match[1]))
  expect(lines).toEqual(facts.rejectedLines)
  // In the partner's own encoding: two bytes a letter would be "MÃ¼ller".
  expect(text).toMatch(/Müller|Größ/)
})

it('reads umlauts, line ends and times back as they were meant', async () => {
  const { url, hmac, environment, api } = sandbox.ready
  const client = new PartnerClient({ baseUrl: url, auth: hmacAuth({ ...hmac, environment, api }) })
  const source = readFileSync(file, 'latin1').split('\r\n')
  const carriers = new Set<string>()
  const line = facts.repeatedHourLines[0]!
  const [orderId, , , time] = source[line - 1]!.split(';')
  const repeated: string[] = []
  for await (const event of client.orders.history(orderId!)) repeated.push(event.occurredAt)
  // The first pass of the repeated hour is summer time, UTC+2.
  expect(time).toMatch(/^26\.10\.2025 02:/)
  expect(repeated).toContain(`2025-10-26T00:${time!.slice(-2)}:00.000Z`)
  for (const row of source.slice(1, 60)) {
    if (!row.startsWith('B')) continue
    for await (const { shipment, note } of client.orders.history(row.slice(0, 8))) {
      carriers.add(String(shipment?.carrier))
      if (note?.startsWith('Kunde') === true) expect(note).toBe('Kunde\r\nnicht da')
      if (note?.startsWith('Str') === true) expect(note).toBe('Straße gesperrt; Umleitung')
    }
  }
  expect([...carriers].sort()).toEqual([...facts.carriers].sort())
  await client.close()
})

it('accepts the corrected rejects by retry, and then has nothing left', async () => {
  const corrected = readFileSync(rejects, 'latin1').replace(/;(?:XXX|ZUGST|UMV);/g, ';ZUG;')
  writeFileSync(rejects, corrected, 'latin1')
  const { code, stdout, stderr } = await runPartnerCli(folder.path, ['retry', 'last', '--json'])
  expect(code, stderr).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ rows: facts.rejected, accepted: facts.rejected, rejected: 0 })
  const again = await runPartnerCli(folder.path, ['retry', 'last'])
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('nothing to send again')])
})
