// Two server processes, one Redis, real HTTP: a request is good for one use over both, whatever happens to the Redis.
import { writeFileSync } from 'node:fs'
import { Agent, request as send } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedisInvalidation } from '../../src/redis.js'
import { type SignedRequest, sign } from '../independent-signer.js'
import { openNodeRedis } from '../redis-clients.js'
import { hasRedis, type RedisServer, startRedis, until } from '../redis-server.js'
import { bundleServer, runServer, type ServerProcess } from './run-server.js'

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | undefined
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 })
let count = 0

function createSigned(): SignedRequest {
  const timestamp = `${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  count++
  return sign({
    keyId: 'acme_2026_a',
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    target: `/v1/orders/A-${count}/statuses`,
    timestamp,
  })
}

function post(port: number, { method, target, rawHeaders, body }: SignedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = ['Content-Length', String(body.length)]
    const request = send({
      agent,
      port,
      host: '127.0.0.1',
      method,
      path: target,
      headers: [...rawHeaders, ...length],
    })
    request.once('error', reject)
    request.once('response', response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        text += chunk
      })
      response.once('end', () => {
        const status = response.statusCode ?? 0
        const code = status === 200 ? undefined : (JSON.parse(text) as { code: string }).code
        resolve({ status, code, retryAfter: response.headers['retry-after'] })
      })
    })
    request.end(body)
  })
}

const tally = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { status, code } of answers) {
    const name = code === undefined ? `${status}` : `${status} ${code}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

describe.skipIf(!hasRedis)('two processes that share a Redis', () => {
  let stateFile: string
  let bundle: Awaited<ReturnType<typeof bundleServer>>
  beforeAll(async () => {
    bundle = await bundleServer()
    stateFile = join(bundle.folder, 'state')
    writeFileSync(stateFile, 'active')
  })
  afterAll(() => {
    bundle.remove()
    agent.destroy()
  })

  async function withServers(
    settings: readonly string[],
    use: (redis: RedisServer, ports: readonly [number, number]) => Promise<void>,
    createdAt = 0,
  ): Promise<void> {
    const redis = await startRedis(...settings)
    const started: ServerProcess[] = []
    try {
      // One of each library: they must understand each other.
      for (const library of ['ioredis', 'node-redis'])
        started.push(await runServer(bundle.file, String(redis.port), library, stateFile, String(createdAt)))
      const [a, b] = started
      await use(redis, [a!.port, b!.port])
    } finally {
      await Promise.all(started.map(server => server.close()))
      await redis.close()
    }
  }

  /** Sends a new request to both until each accepts one. */
  const untilBothAccept = async (ports: readonly number[]): Promise<void> => {
    for (const port of ports)
      await until(async () => (await post(port, createSigned())).status === 200, 15_000)
  }

  it('200 copies at once: exactly one is accepted, 50 rounds', async () => {
    const tomorrow = Date.now() + 86_400_000
    await withServers(
      [],
      async (_, ports) => {
        const all: Answer[] = []
        for (let round = 0; round < 50; round++) {
          const request = createSigned()
          const answers = await Promise.all(
            Array.from({ length: 200 }, (_, n) => post(ports[n % 2]!, request)),
          )
          expect(tally(answers)).toEqual({ 200: 1, '409 request_replayed': 199 })
          all.push(...answers)
        }
        console.log(`50 rounds of 200 copies over two processes: ${JSON.stringify(tally(all))}`)
      },
      tomorrow,
    )
  }, 60_000)

  const stops: readonly (readonly [
    string,
    (redis: RedisServer) => unknown,
    (redis: RedisServer) => unknown,
  ])[] = [
    ['hangs (SIGSTOP)', redis => redis.signal('SIGSTOP'), redis => redis.signal('SIGCONT')],
    ['is stopped (SIGTERM)', redis => redis.kill('SIGTERM'), redis => redis.start()],
  ]
  it.each(stops)(
    'a Redis that %s: 503 with Retry-After, nothing twice, and on it goes',
    async (_, stop, goOn) => {
      await withServers(['--appendonly', 'yes'], async (redis, ports) => {
        await untilBothAccept(ports)
        const accepted = new Map<SignedRequest, number>()
        const seen: Answer[] = []
        const attempt = async (port: number, request: SignedRequest): Promise<Answer> => {
          const answer = await post(port, request)
          if (answer.status === 200) accepted.set(request, (accepted.get(request) ?? 0) + 1)
          seen.push(answer)
          return answer
        }
        // Traffic that goes on all the time: every request to both processes.
        const requests: SignedRequest[] = []
        let running = true
        const traffic = Array.from({ length: 4 }, async () => {
          while (running) {
            const request = createSigned()
            requests.push(request)
            await Promise.all([0, 1, 0, 1].map(n => attempt(ports[n]!, request)))
          }
        })
        await until(() => accepted.size >= 50)
        const before = [...accepted.keys()].slice(0, 10)

        await stop(redis)
        seen.length = 0
        await until(() => seen.filter(({ status }) => status === 503).length >= 40)
        const lost = await Promise.all(ports.map(port => post(port, createSigned())))
        expect(tally(lost)).toEqual({ '503 dependency_unavailable': 2 })
        for (const { retryAfter } of lost) expect(Number(retryAfter)).toBeGreaterThanOrEqual(1)

        await goOn(redis)
        const acceptedBefore = accepted.size
        await until(() => accepted.size >= acceptedBefore + 50, 20_000)
        running = false
        await Promise.all(traffic)

        // Every request once more, the undecided ones too: none has been, or is now, accepted twice.
        for (const port of ports)
          for (const request of before) expect((await attempt(port, request)).status).toBe(409)
        await Promise.all(requests.slice(-400).flatMap(request => ports.map(port => attempt(port, request))))
        expect([...accepted.values()].filter(times => times !== 1)).toEqual([])
        expect(Object.keys(tally(seen)).sort()).toEqual([
          '200',
          '409 request_replayed',
          '503 dependency_unavailable',
        ])
        console.log(`a Redis that stopped: ${JSON.stringify(tally(seen))}, accepted twice: 0`)
      })
    },
    60_000,
  )

  it.each<[string, string[]]>([
    ['kept nothing', []],
    ['had an old snapshot', ['--save', '3600 1']],
  ])(
    'a Redis that comes back and %s: no replay is accepted',
    async (_, settings) => {
      await withServers(settings, async (redis, ports) => {
        await untilBothAccept(ports)
        if (settings.length > 0) redis.cli('SAVE')
        const used = Array.from({ length: 30 }, createSigned)
        for (const [n, request] of used.entries())
          expect((await post(ports[n % 2]!, request)).status).toBe(200)

        await redis.kill('SIGKILL')
        await redis.start()
        // As soon as they answer, and again and again while the guard warms up and after it.
        await until(async () => (await post(ports[1], createSigned())).code !== 'dependency_unavailable')
        const again: Answer[] = []
        const replayAll = async (): Promise<void> => {
          again.push(...(await Promise.all(used.flatMap(request => ports.map(port => post(port, request))))))
        }
        await replayAll()
        await Promise.all([untilBothAccept(ports), wait(500).then(replayAll)])
        await replayAll()
        const counts = tally(again)
        expect(counts['200']).toBeUndefined()
        expect(counts['409 request_replayed']).toBeGreaterThan(0)
        expect(counts['503 replay_guard_warming']).toBeGreaterThan(0)
        for (const { status, retryAfter } of again)
          if (status === 503) expect(Number(retryAfter)).toBeGreaterThan(0)
        console.log(`a Redis that ${_}: ${JSON.stringify(counts)}`)
      })
    },
    60_000,
  )

  it('a revoked credential is refused by both within a second, whether the message comes or not', async () => {
    await withServers([], async (redis, ports) => {
      const { client, close } = await openNodeRedis(redis.port)
      const invalidation = createRedisInvalidation(client, undefined, { timeoutMs: 1000 })
      await untilBothAccept(ports)
      for (const isMessageLost of [false, true]) {
        writeFileSync(stateFile, 'revoked')
        if (isMessageLost) redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
        const revokedAt = performance.now()
        await invalidation.publish('acme_2026_a')
        for (const port of ports) await until(async () => (await post(port, createSigned())).status === 401)
        const elapsed = Math.round(performance.now() - revokedAt)
        console.log(`refused by both after ${elapsed} ms, message ${isMessageLost ? 'lost' : 'heard'}`)
        expect(elapsed).toBeLessThan(1000)
        writeFileSync(stateFile, 'active')
        await invalidation.publish('acme_2026_a')
        await untilBothAccept(ports)
      }
      await close()
    })
  }, 60_000)
})
