import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hmacAuth, PartnerClient } from '@countersign/sdk'
import { afterAll, expect, it } from 'vitest'
import { runPartnerCli } from './run-program.js'
import { createTemporaryFolder, startSandboxProcess } from './sandbox-process.js'

const folder = createTemporaryFolder()
afterAll(() => folder.remove())

const ORDERS = 150
const STATUSES = [
  'accepted',
  'processing',
  'packed',
  'shipped',
  'in_transit',
  'out_for_delivery',
  'delivered',
]
const START = Date.UTC(2026, 10, 1)

it('stores every row once and in order when the sandbox is killed in the middle of a push', async () => {
  const file = join(folder.path, 'statuses.csv')
  const rows = STATUSES.flatMap((status, step) =>
    Array.from({ length: ORDERS }, (_, order) => {
      return `K-${order},${status},${new Date(START + (step * ORDERS + order) * 60_000).toISOString()}`
    }),
  )
  writeFileSync(file, `order_id,status,occurred_at\n${rows.join('\n')}\n`)

  const dataDir = join(folder.path, 'data')
  const auditFile = join(folder.path, 'audit.ndjson')
  const first = await startSandboxProcess(folder.path, [
    '--data-dir',
    dataDir,
    '--audit-file',
    auditFile,
    '--chaos',
    'latency=20ms',
  ])
  await runPartnerCli(folder.path, ['auth', 'import', first.readyFile])
  const push = (): ReturnType<typeof runPartnerCli> =>
    runPartnerCli(folder.path, ['push-status', '-f', file, '--batch-size', '10', '--timeout', '5', '--json'])

  const interrupted = push()
  await lines(folder.path, auditFile, 25)
  await first.kill()

  const { port } = new URL(first.ready.url)
  const second = await startSandboxProcess(folder.path, ['--data-dir', dataDir, '--port', port])
  try {
    expect(second.ready.hmac, 'the credential survives').toEqual(first.ready.hmac)
    expect([0, 5]).toContain((await interrupted).code)
    const again = await push()
    expect(again.code, again.stderr).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ accepted: rows.length, rejected: 0, pending: 0 })

    const { url, hmac, environment, api } = second.ready
    const client = new PartnerClient({ baseUrl: url, auth: hmacAuth({ ...hmac, environment, api }) })
    for (let order = 0; order < ORDERS; order++) {
      const stored: string[] = []
      for await (const event of client.orders.history(`K-${order}`)) stored.push(event.status)
      expect(stored, `order K-${order}`).toEqual(STATUSES)
    }
    await client.close()
  } finally {
    await second.stop()
  }
}, 120_000)

function lines(directory: string, file: string, count: number): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length <= count) return
      watcher.close()
      resolve()
    }
    const watcher = watch(directory, look)
    look()
  })
}
