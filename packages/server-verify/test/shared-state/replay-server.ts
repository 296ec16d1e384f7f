// One of several server processes that share a Redis. Bundled by run-server.ts and started as a process of its own.
// argv: port of Redis, client library, the file that says whether the credential is `active`, when it was issued.
// Prints its port; ends when its input ends.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createVerifiedHandler } from '../../src/adapters/node-http.js'
import {
  type CredentialStore,
  createCachedCredentialStore,
  createRequestVerifier,
  hmacSignature,
} from '../../src/index.js'
import {
  createRedisConcurrencyLimit,
  createRedisInvalidation,
  createRedisRateLimit,
  createRedisReplayGuard,
  type RedisClient,
  type RedisSubscriber,
} from '../../src/redis.js'

const [redisPort = '', library = '', stateFile = '', createdAt = '0'] = process.argv.slice(2)
const [redis, subscriber] = library === 'ioredis' ? await openIoredis() : await openNodeRedis()
const source: CredentialStore = {
  async findByKeyId(keyId) {
    if (keyId !== 'acme_2026_a') return undefined
    return {
      kind: 'hmac',
      keyId,
      partnerId: 'acme',
      environment: 'sandbox',
      secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      scopes: ['orders:status:write'],
      state: (await readFile(stateFile, 'utf8')) === 'active' ? 'active' : 'revoked',
      createdAt: Number(createdAt),
    }
  },
}
// Two processes and a test on two cores: an answer may take its time.
const shared = { timeoutMs: 400, processes: 2 }
const invalidation = createRedisInvalidation(redis, subscriber, shared)
const verifier = createRequestVerifier({
  authorities: ['api.example.com'],
  environment: 'sandbox',
  api: 'orders',
  schemes: [hmacSignature()],
  credentials: createCachedCredentialStore({ source, invalidation }),
  replay: await createRedisReplayGuard(redis, shared),
  rateLimit: createRedisRateLimit(redis, { ...shared, requests: 1_000_000 }),
  concurrency: createRedisConcurrencyLimit(redis, { ...shared, perPartner: 10_000 }),
  // A second ahead is enough, so that the wait after a loss of data is over soon.
  freshness: { pastSeconds: 300, futureSeconds: 1 },
  preAuthLimit: false,
})
const server = createServer(
  createVerifiedHandler(verifier, { scopes: ['orders:status:write'] }, (_request, response, caller) => {
    response.end(caller.partnerId)
  }),
)
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(address.port)
})
process.stdin.on('end', () => process.exit(0)).resume()

async function openIoredis(): Promise<[RedisClient, RedisSubscriber]> {
  const client = new Redis(Number(redisPort), '127.0.0.1', {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    lazyConnect: true,
    retryStrategy: () => 50,
  })
  const messages = client.duplicate()
  for (const one of [client, messages]) {
    one.on('error', () => undefined)
    await one.connect()
  }
  return [client, messages]
}

async function openNodeRedis(): Promise<[RedisClient, RedisSubscriber]> {
  const client = createClient({
    url: `redis://127.0.0.1:${redisPort}`,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: () => 50 },
  })
  const messages = client.duplicate()
  for (const one of [client, messages]) {
    one.on('error', () => undefined)
    await one.connect()
  }
  return [client, messages]
}
