import { existsSync, readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ApiClient, newEvent } from './api-client.js'
import { createFolder, runSandbox, type SandboxProcess, startProcess } from './sandbox-process.js'

let folder: ReturnType<typeof createFolder>
let running: SandboxProcess[]
beforeEach(() => {
  folder = createFolder()
  running = []
})
afterEach(async () => {
  for (const { child, end } of running)
    if (child.exitCode === null && child.signalCode === null) await end('SIGKILL')
  folder.remove()
})

async function start(...args: string[]): Promise<SandboxProcess> {
  const sandbox = await startProcess(folder.path, args)
  running.push(sandbox)
  return sandbox
}

it('loses no acknowledged event, its key and no replay claim when it is killed in the middle of inserts', async () => {
  const dataDir = join(folder.path, 'data')
  const acknowledged: string[] = []
  let sent = 0
  let sandbox = await start('--data-dir', dataDir, '--quiet')
  const { hmac } = sandbox.ready
  const once = { method: 'POST', target: '/v1/orders/ONCE/statuses', body: newEvent() }
  // A host header of another port would be refused: sign again for every process, replay only what was signed here.
  for (let round = 1; round <= 3; round++) {
    const api = new ApiClient(sandbox.ready)
    const headers = api.sign(once)
    expect((await api.sendSigned(once, headers)).body['replayed']).toBe(round > 1)
    const goal = acknowledged.length + 300
    // Four pushers, single events and batches, until the process dies under them.
    const pushers = Array.from({ length: 4 }, async (_, pusher) => {
      for (;;) {
        const items = Array.from({ length: pusher % 2 === 0 ? 1 : 20 }, () =>
          newEvent({
            orderId: `K-${pusher}`,
            occurredAt: new Date(Date.UTC(2026, 10, 1) + sent++).toISOString(),
          }),
        )
        const answer = await api.pushBatch(items).catch(() => undefined)
        if (answer === undefined) return
        expect(answer.status).toBe(200)
        acknowledged.push(...items.map(item => item.eventId))
        if (acknowledged.length >= goal) sandbox.child.kill('SIGKILL')
      }
    })
    await Promise.all(pushers)
    await sandbox.end('SIGKILL')
    api.close()

    const { port } = new URL(sandbox.ready.url)
    sandbox = await start('--data-dir', dataDir, '--quiet', '--port', port)
    expect(sandbox.ready.hmac).toEqual(hmac)
    const again = new ApiClient(sandbox.ready)
    const copy = await again.sendSigned(once, headers)
    expect([copy.status, copy.body['code']]).toEqual([409, 'request_replayed'])
    again.close()
  }

  const api = new ApiClient(sandbox.ready)
  const stored: string[] = []
  for (let pusher = 0; pusher < 4; pusher++) {
    let cursor = ''
    for (;;) {
      const { body } = await api.get(`/v1/orders/K-${pusher}/statuses?${cursor}limit=200`)
      stored.push(...body['events']!.map(event => String(event['eventId'])))
      if (body['nextCursor'] === undefined) break
      cursor = `cursor=${body['nextCursor']}&`
    }
  }
  const kept = new Set(stored)
  expect(stored).toHaveLength(kept.size)
  expect(acknowledged.filter(eventId => !kept.has(eventId))).toEqual([])
  console.log(`3 kills: ${acknowledged.length} events acknowledged, ${stored.length} stored, none lost`)
  api.close()
  expect(await sandbox.end('SIGTERM')).toBe(0)
}, 120_000)

it('writes the ready file for its owner only, prints a line to paste, and cleans up at a clean stop', async () => {
  const sandbox = await start('--audit-file', join(folder.path, 'audit.ndjson'))
  const readyFile = join(folder.path, 'ready.json')
  expect(statSync(readyFile).mode & 0o777).toBe(0o600)
  const { url, hmac } = sandbox.ready
  const api = new ApiClient(sandbox.ready)
  await api.push('A-1', newEvent())
  api.close()
  expect(sandbox.output()).toContain(url)
  expect(sandbox.output()).toContain(`-u ${hmac.keyId}:${hmac.secret} --json '{"eventId":"evt_`)
  expect(await sandbox.end('SIGINT')).toBe(0)
  expect(existsSync(readyFile)).toBe(false)
  const audit = readFileSync(join(folder.path, 'audit.ndjson'), 'utf8')
  expect(JSON.parse(audit)).toMatchObject({ partner: 'acme', outcome: 'accepted' })
  expect(audit).not.toContain(hmac.secret)
}, 60_000)

it('ends at once at the second signal, whatever is under way', async () => {
  const sandbox = await start('--chaos', 'latency=60000ms', '--quiet')
  const api = new ApiClient(sandbox.ready)
  const lost = api.get('/v1/whoami').catch((error: NodeJS.ErrnoException) => error.code)
  await answered(sandbox.ready.url)
  sandbox.child.kill('SIGTERM')
  await refused(sandbox.ready.url)
  expect(await sandbox.end('SIGTERM')).toBe(143)
  expect(await lost).toBe('ECONNRESET')
  expect(sandbox.output()).toBe('')
}, 60_000)

it('says what to do when it cannot start', async () => {
  const dataDir = join(folder.path, 'data')
  const sandbox = await start('--data-dir', dataDir, '--quiet')
  const { port } = new URL(sandbox.ready.url)
  const [taken, inUse, away, wrong] = await Promise.all([
    runSandbox(['--port', port]),
    runSandbox(['--port', '0', '--data-dir', dataDir]),
    runSandbox(['--database-url', 'postgres://user:hunter2@127.0.0.1:1/orders']),
    runSandbox(['--database-url', 'mysql://user:hunter2@127.0.0.1/orders']),
  ])
  expect([taken!.code, taken!.output]).toEqual([
    1,
    expect.stringContaining(`Port ${port} on 127.0.0.1 is in use`),
  ])
  expect([inUse!.code, inUse!.output]).toEqual([
    1,
    expect.stringContaining(`process id ${sandbox.child.pid}`),
  ])
  expect([away!.code, away!.output]).toEqual([
    1,
    expect.stringContaining('The database orders at 127.0.0.1:1 cannot be used'),
  ])
  expect([wrong!.code, wrong!.output]).toEqual([2, expect.stringContaining('must look like postgres://')])
  expect(away!.output + wrong!.output).not.toContain('hunter2')
}, 60_000)

/** Resolves when the server has answered on a connection of its own, and so has read what came before. */
async function answered(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  for await (const _chunk of socket);
}

/** Resolves when nobody listens any more. */
async function refused(url: string): Promise<void> {
  const isOpen = () =>
    answered(url).then(
      () => true,
      () => false,
    )
  while (await isOpen());
}
