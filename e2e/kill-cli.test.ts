import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { afterAll, expect, it } from 'vitest'
import { cliBin, cliEnvironment, runPartnerCli } from './run-program.js'
import { createTemporaryFolder, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
afterAll(() => folder.remove())

const ORDERS = 400
const ROWS_PER_ORDER = 100
const KILLS = 24
/** Rows that can never be accepted, scattered over the file. */
const WRONG_EVERY = 1009
const START = Date.UTC(2026, 0, 1)
const STATUSES = ['packed', 'shipped', 'in_transit', 'out_for_delivery'] as const

/** Row by row: order, status and time. An order's rows are far apart, and every one of them has a time of its own. */
function* makeRows(): Generator<{ orderId: string; status: string; occurredAt: string; wrong: boolean }> {
  for (let step = 0; step < ROWS_PER_ORDER; step++) {
    for (let order = 0; order < ORDERS; order++) {
      const at = step * ORDERS + order
      const wrong = at % WRONG_EVERY === WRONG_EVERY - 1
      const status = wrong ? 'teleported' : STATUSES[step % STATUSES.length]!
      yield {
        orderId: `K-${order}`,
        status,
        occurredAt: new Date(START + at * 60_000).toISOString(),
        wrong,
      }
    }
  }
}

it('loses, repeats and reorders nothing when it is killed again and again in one file', async () => {
  const rows = [...makeRows()]
  const file = join(folder.path, 'statuses.csv')
  const text = rows.map(({ orderId, status, occurredAt }) => `${orderId},${status},${occurredAt}`)
  writeFileSync(file, `order_id,status,occurred_at\n${text.join('\n')}\n`)
  const sandbox = await startSandboxProcess(folder.path, [
    '--chaos',
    '429=0.002,503=0.002,lost=0.03,item503=0.0002,seed=20261122',
  ])
  try {
    await runPartnerCli(folder.path, ['auth', 'import', sandbox.readyFile])
    const args = ['push-status', '-f', file, '--json']
    let [kills, killedWhileSending] = [0, 0]
    for (let ended = false; kills < KILLS && !ended; ) {
      const killed = await killWhen(args, kills)
      ended = !killed.killed
      if (killed.killed) kills++
      if (killed.sent) killedWhileSending++
    }
    expect(kills).toBe(KILLS)
    expect(killedWhileSending).toBeGreaterThanOrEqual(20)

    const last = await runPartnerCli(folder.path, args)
    const wrong = rows.filter(row => row.wrong).length
    expect(JSON.parse(last.stdout), last.stderr).toMatchObject({
      rows: rows.length,
      accepted: rows.length - wrong,
      rejected: wrong,
      pending: 0,
      exitCode: 3,
    })
    expect(last.stderr).toContain('Resuming run')
    expect(readdirSync(join(folder.path, 'state', 'runs'))).toHaveLength(1)

    const { url, hmac, environment, api } = sandbox.ready
    const client = new PartnerClient({ baseUrl: url, auth: hmacAuth({ ...hmac, environment, api }) })
    const found = { lost: 0, twice: 0, reordered: 0, late: 0 }
    await Promise.all(
      Array.from({ length: ORDERS }, async (_, order) => {
        const orderId = `K-${order}`
        const stored: string[] = []
        for await (const event of client.orders.history(orderId)) {
          stored.push(event.occurredAt)
          if (event.effect === 'late') found.late++
        }
        const sent = rows.filter(row => row.orderId === orderId && !row.wrong).map(row => row.occurredAt)
        const unique = new Set(stored)
        found.twice += stored.length - unique.size
        found.lost += sent.filter(moment => !unique.has(moment)).length
        found.reordered += stored.filter((moment, at) => at > 0 && moment < stored[at - 1]!).length
      }),
    )
    await client.close()
    expect(found).toEqual({ lost: 0, twice: 0, reordered: 0, late: 0 })
  } finally {
    await sandbox.stop()
  }
}, 420_000)

/** Starts the program and kills it: mostly when its journal has grown, sometimes at any moment. */
async function killWhen(
  args: readonly string[],
  round: number,
): Promise<{ readonly killed: boolean; readonly sent: boolean }> {
  const before = journalBytes()
  const child = spawn(process.execPath, [cliBin, ...args], {
    env: cliEnvironment(folder.path),
    stdio: 'ignore',
  })
  const exit = once(child, 'exit')
  let running = true
  void exit.then(() => (running = false))
  // Every eighth time without looking at it: while it starts, reads, or has just begun.
  const blind = round % 8 === 7 ? 150 * (1 + (round % 5)) : undefined
  const wanted = 20_000 + ((round * 7919) % 120_000)
  if (blind !== undefined) await delay(blind)
  else while (running && journalBytes() < before + wanted) await delay(2)
  child.kill('SIGKILL')
  const [code] = (await exit) as [number | null]
  return { killed: code === null, sent: journalBytes() > before }
}

function journalBytes(): number {
  const runs = join(folder.path, 'state', 'runs')
  try {
    return readdirSync(runs).reduce((sum, id) => sum + statSync(join(runs, id, 'journal.ndjson')).size, 0)
  } catch {
    return 0
  }
}
