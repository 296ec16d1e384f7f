// @ts-check
// Why: a command line that is slow to start is felt at every call from cron. Bare node is the floor; what stands above
// it is ours: commander and the tree of commands for --help, the sdk for a push.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from '../interleave.mjs'

const BIN = fileURLToPath(new URL('../../packages/cli/bin/partner-cli.js', import.meta.url))
const ROUNDS = 15
const GOALS = { '--version': 30, '--help': 30, 'push-status': 130 }

/** @returns {Promise<import('../table.mjs').Report>} */
export async function run() {
  const folder = await mkdtemp(join(tmpdir(), 'partner-cli-startup-'))
  const platform = await startPlatform()
  const env = {
    PATH: process.env.PATH,
    PARTNER_CONFIG_DIR: folder,
    PARTNER_BASE_URL: platform.url,
    PARTNER_KEY_ID: 'test_key_0001',
    PARTNER_SECRET: 'a secret for a benchmark',
  }
  /** @type {Record<string, string[]>} */
  const cases = {
    'node -e 0': ['-e', '0'],
    '--version': [BIN, '--version'],
    '--help': [BIN, '--help'],
    'push-status': [BIN, 'push-status', 'A-1', 'shipped'],
  }
  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(cases).map(name => [name, []]))
  try {
    for (const args of Object.values(cases)) await time(args, env)
    // One of each in every round: what else the machine does meets all alike.
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, args] of Object.entries(cases)) times[name].push(await time(args, env))
  } finally {
    await platform.close()
    await rm(folder, { recursive: true, force: true })
  }
  const bare = times['node -e 0']
  const above = (/** @type {string} */ name) => Math.min(...times[name]) - Math.min(...bare)
  const shown = (/** @type {number} */ ms) => ms.toFixed(1)
  return {
    suite: 'startup',
    title: `partner-cli from start to end, ${ROUNDS} rounds`,
    columns: ['median ms', 'best ms', '× bare node', 'above it, median', 'above it, best'],
    rows: Object.keys(cases).map(name => ({
      name,
      cells: {
        'median ms': shown(median(times[name])),
        'best ms': shown(Math.min(...times[name])),
        '× bare node': (Math.min(...times[name]) / Math.min(...bare)).toFixed(2),
        'above it, median': shown(median(times[name].map((ms, round) => ms - bare[round]))),
        'above it, best': shown(above(name)),
      },
    })),
    goals: Object.entries(GOALS).map(([name, most]) => ({
      text: `${name} ≤ bare node + ${most} ms`,
      figure: above(name),
      met: above(name) <= most,
    })),
    guard: ['every command ended with exit code 0'],
  }
}

/** Wall time of a process from its start to its end, in milliseconds. */
function time(args, env) {
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
    child.on('error', reject)
    child.on('exit', code =>
      code === 0
        ? resolve(performance.now() - start)
        : reject(new Error(`${args.join(' ')} ended with exit code ${code}`)),
    )
  })
}

/** Answers a push as the platform does, and checks nothing: its own work is not what is timed. */
async function startPlatform() {
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const chunks = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { eventId, orderId, status } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const receipt = { eventId, orderId: orderId ?? 'A-1', effect: 'applied', replayed: false }
      response.writeHead(202, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ ...receipt, recordedAt: new Date().toISOString(), currentStatus: status }),
      )
    })
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise(resolve => server.close(() => resolve(undefined))),
  }
}
