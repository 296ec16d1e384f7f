import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runPartnerCli } from './run-program.js'
import { createTemporaryFolder, type SandboxProcess, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
const data = join(import.meta.dirname, '..', 'examples', 'data')
const facts = JSON.parse(readFileSync(join(data, 'order-statuses.facts.json'), 'utf8')) as {
  rows: number
  accepted: number
  rejected: number
  duplicatesInFile: number
  effects: { late: number }
  rejectedLines: { line: number }[]
  sampleOrder: { orderId: string; currentStatus: string }
}
let sandbox: SandboxProcess

beforeAll(async () => {
  sandbox = await startSandboxProcess(folder.path)
  const imported = await runPartnerCli(folder.path, ['auth', 'import', sandbox.readyFile])
  expect(imported.code, imported.stderr).toBe(0)
})
afterAll(async () => {
  await sandbox.stop()
  folder.remove()
})

describe('a file of statuses, from partner-cli to the store', () => {
  const file = join(data, 'order-statuses.csv')
  const rejects = join(folder.path, 'rejects.csv')
  const push = (path: string, rejectsPath: string): ReturnType<typeof runPartnerCli> =>
    runPartnerCli(folder.path, ['push-status', '-f', path, '--rejects', rejectsPath, '--json'])

  it('stores every good row and rejects every wrong one with its line and reason: exit 3', async () => {
    const { code, stdout, stderr } = await push(file, rejects)
    expect(code, stderr).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'partner-cli.summary/1',
      rows: facts.rows,
      accepted: facts.accepted,
      duplicatesInFile: facts.duplicatesInFile,
      rejected: facts.rejected,
      late: facts.effects.late,
      pending: 0,
      replayed: 0,
      exitCode: 3,
    })
    const rows = readFileSync(rejects, 'utf8').trim().split('\n')
    expect(rows).toHaveLength(facts.rejected + 1)
    expect(rows[0]).toMatch(/,_line,_code,_detail\r?$/)
    for (const { line } of facts.rejectedLines)
      expect(
        rows.filter(row => row.includes(`,${line},`)),
        `line ${line}`,
      ).toHaveLength(1)
  })

  it('reads an order back as the file tells it', async () => {
    const { orderId, currentStatus } = facts.sampleOrder
    const { code, stdout, stderr } = await runPartnerCli(folder.path, ['orders', 'show', orderId, '--json'])
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ orderId, currentStatus })
  })

  it('makes no new event when the same file is pushed again: exit 3', async () => {
    const { code, stdout } = await push(file, rejects)
    expect(code).toBe(3)
    const summary = JSON.parse(stdout) as { accepted: number; replayed: number }
    expect(summary.replayed).toBe(summary.accepted)
    expect(summary.accepted).toBe(facts.accepted)
  })

  it('accepts the corrected rejects file: exit 0', async () => {
    const [header, ...rows] = readFileSync(rejects, 'utf8').trim().split('\n')
    const corrected = rows.map(
      (_, index) => `FIXED-${index},delivered,2026-11-10T08:00:00Z,DHL,000${index},,${index},,`,
    )
    const fixed = join(folder.path, 'fixed.csv')
    writeFileSync(fixed, [header, ...corrected, ''].join('\n'))
    const { code, stdout, stderr } = await push(fixed, join(folder.path, 'none.csv'))
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ accepted: facts.rejected, rejected: 0, exitCode: 0 })
  })
})
