// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createRedisReplayGuard } from '@countersign/server-verify/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createGoal } from '../table.mjs'

const START = Date.now()
const ALONE = 2000
const TOGETHER = 20_000
const AT_ONCE = 64

/** @returns {Promise<import('../table.mjs').Report>} */
export async function run() {
  const server = await startServer()
  if (server === undefined) {
    const title = 'replay guard in Redis: not measured, redis-server is not installed'
    return { suite: 'redis-replay-guard', title, guard: [], columns: [], rows: [], goals: [] }
  }
  const rows = []
  try {
    rows.push({ name: 'ioredis', cells: await measureWith(await openIoredis(server.port), 1) })
    rows.push({ name: 'node-redis', cells: await measureWith(await openNodeRedis(server.port), 2) })
  } finally {
    await server.stop()
  }
  const bytes = Math.max(...rows.map(({ cells }) => Number(cells['bytes/claim'])))
  return {
    suite: 'redis-replay-guard',
    title: `replay guard in Redis, over loopback: ${TOGETHER.toLocaleString('en-US')} claims, ${AT_ONCE} at once`,
    guard: ['every first claim is won, every second one lost'],
    columns: Object.keys(rows[0]?.cells ?? {}),
    rows,
    goals: [createGoal('bytes a claim ≤ 200', bytes, { atMost: 200 })],
  }
}

/** @param {{ client: import('@countersign/server-verify/redis').RedisClient, usedBytes: () => Promise<number>, close: () => void }} opened @param {number} run */
async function measureWith({ client, usedBytes, close }, run) {
  // A table in front that holds nothing to speak of: what is measured is the trip.
  const guard = await createRedisReplayGuard(client, {
    timeoutMs: 5000,
    localEntries: 1,
    prefix: `bench${run}`,
  })
  await claimAll(guard, createClaims(500_000_000, 1000), AT_ONCE)
  const before = await usedBytes()
  const alone = await claimAll(guard, createClaims(0, ALONE), 1)
  const claims = createClaims(ALONE, TOGETHER)
  const together = await claimAll(guard, claims, AT_ONCE)
  const bytes = ((await usedBytes()) - before) / (ALONE + TOGETHER)
  const again = await claimAll(guard, claims, AT_ONCE)
  if (alone.won !== ALONE || together.won !== TOGETHER || again.won > 0)
    throw new Error('A first claim was lost or a second one won.')
  guard.close()
  close()
  return {
    'µs one by one': Math.round(alone.microseconds),
    [`µs, ${AT_ONCE} at once`]: Math.round(together.microseconds * 10) / 10,
    'bytes/claim': Math.round(bytes),
  }
}

/** @param {import('@countersign/server-verify').ReplayGuard} guard @param {import('@countersign/server-verify').ReplayClaim[]} claims @param {number} atOnce */
async function claimAll(guard, claims, atOnce) {
  let won = 0
  let next = 0
  const work = async () => {
    for (let claim = claims[next++]; claim !== undefined; claim = claims[next++])
      if (await guard.claim(claim)) won++
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: atOnce }, work))
  return { won, microseconds: ((performance.now() - from) * 1000) / claims.length }
}

/** @param {number} from @param {number} count @returns {import('@countersign/server-verify').ReplayClaim[]} */
function createClaims(from, count) {
  return Array.from({ length: count }, (_, n) => {
    const id = new Uint32Array(4)
    id[0] = Math.imul(from + n, 0x9e3779b1)
    id[1] = from + n
    return {
      partnerId: 'acme',
      keyId: 'demo_acme_hmac',
      id: new Uint8Array(id.buffer),
      timestamp: START,
      expiresAt: START + 600_000,
      futureMs: 300_000,
      credentialCreatedAt: START + 86_400_000, // issued after the guard's start: not held up by it
    }
  })
}

/** @param {number} port */
async function openIoredis(port) {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true })
  await client.connect()
  return {
    client,
    usedBytes: async () => readUsed(await client.info('memory')),
    close: () => client.disconnect(),
  }
}

/** @param {number} port */
async function openNodeRedis(port) {
  const client = createClient({ url: `redis://127.0.0.1:${port}` })
  await client.connect()
  return {
    client,
    usedBytes: async () => readUsed(await client.info('memory')),
    close: () => client.destroy(),
  }
}

/** @param {string} info */
const readUsed = info => Number(/^used_memory:(\d+)/m.exec(info)?.[1])

async function startServer() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  probe.close()
  await once(probe, 'close')
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''])
  const started = await new Promise(resolve => {
    child.once('error', () => resolve(false))
    child.stdout.on('data', chunk => String(chunk).includes('Ready to accept') && resolve(true))
  })
  if (!started) return undefined
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
