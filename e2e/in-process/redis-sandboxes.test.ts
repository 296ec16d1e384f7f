// Two sandboxes over one Redis act as one: a request is good for one use, a quota is one quota, and an outage of Redis
// is an outage, not a way round either.
import { once } from 'node:events'
import { request as sendHttp } from 'node:http'
import { type Sandbox, startSandbox } from '@countersign/sandbox'
import { createRequestSigner } from '@countersign/sdk/signing'
import type { HmacCredential } from '@countersign/server-verify'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  hasRedis,
  type RedisServer,
  startRedis,
  until,
} from '../../packages/server-verify/test/redis-server.js'

const HOST = 'orders.test'
const CREDENTIAL: HmacCredential = {
  ...{ kind: 'hmac', keyId: 'shared_key_1', partnerId: 'globex', environment: 'sandbox' },
  ...{
    secret: 'only-for-tests-shared',
    scopes: ['orders:read'],
    state: 'active',
    createdAt: Date.now() + 60_000,
  },
}
const sign = createRequestSigner({
  ...{ keyId: CREDENTIAL.keyId, secret: CREDENTIAL.secret, environment: 'sandbox', api: 'orders' },
})

let redis: RedisServer
const sandboxes: Sandbox[] = []
beforeAll(async () => {
  if (!hasRedis) return
  redis = await startRedis()
  const options = {
    port: 0,
    redisUrl: redis.url,
    rateLimit: 5,
    authorities: [HOST],
    credentials: [CREDENTIAL],
  }
  for (let i = 0; i < 2; i++)
    sandboxes.push(await startSandbox({ ...options, onInternalError: () => undefined }))
})
afterAll(async () => {
  for (const sandbox of sandboxes) await sandbox.close()
  await redis?.close()
})

async function prepare(): Promise<Record<string, string>> {
  const { headers } = await sign.sign({ method: 'GET', url: `http://${HOST}/v1/whoami` })
  return { ...headers, host: HOST }
}

async function send(sandbox: Sandbox, headers: Record<string, string>): Promise<string> {
  const request = sendHttp(`${sandbox.url}/v1/whoami`, { headers, agent: false })
  request.end()
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  const { code = 'ok' } = JSON.parse(text)
  const wait = response.statusCode === 503 ? ` retry-after ${response.headers['retry-after']}` : ''
  return `${response.statusCode} ${code}${wait}`
}

it.skipIf(!hasRedis)('one use and one quota over both, and 503 without Redis', async () => {
  const [first, second] = sandboxes as [Sandbox, Sandbox]
  const copies = await prepare()
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => send(i % 2 === 0 ? first : second, copies)),
  )
  expect(answers.filter(answer => answer === '200 ok')).toHaveLength(1)
  expect(answers.filter(answer => !/^200 ok|^409 request_replayed|^429 rate_limited/.test(answer))).toEqual(
    [],
  )

  const outcomes: string[] = []
  for (let i = 0; i < 6; i++) outcomes.push(await send(i % 2 === 0 ? second : first, await prepare()))
  expect(outcomes).toContain('429 rate_limited')
  expect(outcomes.filter(outcome => outcome === '200 ok').length).toBeLessThanOrEqual(4)

  await redis.kill('SIGTERM')
  const down = await send(first, await prepare())
  expect(down).toMatch(/^503 dependency_unavailable retry-after [0-9]+$|^429 rate_limited/)
  await redis.start()
  await until(async () => /^(?:429|503 replay_guard_warming|200)/.test(await send(first, await prepare())))
})
