// @ts-check
// Why: "nothing unauthenticated creates state that grows" is a promise. This sends requests with bad signatures, from
// random key ids and random addresses, through a verifier with everything that keeps something (credential cache, replay
// guard, quota, address limiter, audit log), and prints what is kept. The numbers must not grow with the requests.
//
//   npm run flood                                  # 1,000,000 requests, guard in memory; about two minutes
//   npm run flood -- --requests 100000
//   npm run flood -- --redis-url redis://127.0.0.1:6379    # guard and quota in Redis
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  createAuditLog,
  createCachedCredentialStore,
  createMemoryCredentialStore,
  createMemoryRateLimit,
  createMemoryReplayGuard,
  createRequestVerifier,
  hmacSignature,
} from '@countersign/server-verify'

const KNOWN_KEY_ID = 'acme_2026_a'
const BATCH = 50

/**
 * @param {{
 *   requests: number,
 *   samples?: number,
 *   replay?: import('@countersign/server-verify').ReplayGuard,
 *   rateLimit?: import('@countersign/server-verify').RateLimit,
 *   countStored?: () => Promise<number>,
 *   onSample?: (sample: import('./flood.d.mts').FloodSample) => void,
 * }} options
 * @returns {Promise<import('./flood.d.mts').FloodSample[]>}
 */
export async function flood(options) {
  const { requests, samples: count = 10, onSample = () => undefined } = options
  const guard = createMemoryReplayGuard()
  const {
    replay = guard,
    rateLimit = createMemoryRateLimit(),
    countStored = async () => guard.size,
  } = options
  const credentials = createCredentials()
  let audited = 0
  const verifier = createRequestVerifier({
    authorities: ['api.example.com'],
    environment: 'live',
    api: 'orders',
    schemes: [hmacSignature()],
    credentials,
    replay,
    rateLimit,
    audit: createAuditLog({ write: () => void audited++ }),
  })
  const samples = []
  let refused = 0
  for (let sent = 0, next = 0; sent < requests; ) {
    const batch = Array.from({ length: Math.min(BATCH, requests - sent) }, (_, n) => createForged(sent + n))
    const codes = await Promise.all(batch.map(request => judge(verifier, request)))
    sent += batch.length
    for (const code of codes) if (code === 'invalid_credentials') refused++
    if (sent < next) continue
    next += requests / count
    const sample = {
      requests: sent,
      refused,
      heapMiB: await readHeap(),
      claims: await countStored(),
      cachedCredentials: credentials.size.credentials,
      cachedUnknown: credentials.size.unknown,
      audited,
    }
    samples.push(sample)
    onSample(sample)
  }
  return samples
}

/** @param {import('@countersign/server-verify').RequestVerifier} verifier @param {import('@countersign/server-verify').IncomingRequest} request */
async function judge(verifier, request) {
  try {
    await verifier.verify(request, { scopes: [] })
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : String(error)
  }
}

/** One in ten names a key id that exists. @param {number} n @returns {import('@countersign/server-verify').IncomingRequest} */
function createForged(n) {
  const keyId = n % 10 === 0 ? KNOWN_KEY_ID : `key_${randomBytes(12).toString('hex')}`
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${keyId}/${timestamp.slice(0, 8)}/live/orders/partner4_request`
  const signature = randomBytes(32).toString('hex')
  return {
    method: 'POST',
    target: '/v1/orders/A-1001/statuses',
    rawHeaders: [
      ...['Host', 'api.example.com', 'X-Partner-Date', timestamp],
      'Authorization',
      `PARTNER4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-partner-date, Signature=${signature}`,
    ],
    body: Buffer.from('{"status":"shipped"}'),
    peer: { address: [...randomBytes(4)].join('.') },
  }
}

function createCredentials() {
  const source = createMemoryCredentialStore([
    {
      kind: 'hmac',
      keyId: KNOWN_KEY_ID,
      partnerId: 'acme',
      environment: 'live',
      secret: randomBytes(32).toString('base64url'),
      scopes: [],
      state: 'active',
      createdAt: Date.now(),
    },
  ])
  return createCachedCredentialStore({
    source,
    invalidation: {
      publish: async () => undefined,
      subscribe: async () => async () => undefined,
      get lastKnownAt() {
        return Date.now()
      },
    },
    maxUnknown: 1000,
  })
}

async function readHeap() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // Let what is under way settle, then twice: the first may only find what the second takes.
  await new Promise(resolve => setImmediate(resolve))
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return Math.round(((heapUsed + arrayBuffers) / 2 ** 20) * 100) / 100
}

async function main() {
  const { values } = parseArgs({
    options: { requests: { type: 'string', default: '1000000' }, 'redis-url': { type: 'string' } },
  })
  const shared = values['redis-url'] === undefined ? undefined : await openShared(values['redis-url'])
  console.log('requests  refused   heap MiB  claims  cached credentials, unknown  audit entries')
  const samples = await flood({
    requests: Number(values.requests),
    ...shared?.stores,
    onSample: sample => {
      const { requests, refused, heapMiB, claims, cachedCredentials, cachedUnknown, audited } = sample
      const cells = [String(requests).padEnd(9), String(refused).padEnd(9), heapMiB.toFixed(2).padEnd(9)]
      console.log(
        ...cells,
        String(claims).padEnd(7),
        `${cachedCredentials}, ${cachedUnknown}`.padEnd(28),
        audited,
      )
    },
  })
  await shared?.close()
  const [first, last] = [samples[1] ?? samples[0], samples.at(-1)]
  if (first === undefined || last === undefined) return
  const growth = last.heapMiB - first.heapMiB
  console.log(
    `heap ${growth >= 0 ? '+' : ''}${growth.toFixed(2)} MiB over the last ${last.requests - first.requests} requests`,
  )
  const wrong = last.refused !== last.requests || last.claims !== first.claims || growth > 4
  if (wrong) process.exitCode = 1
}

/** @param {string} url */
async function openShared(url) {
  const { createRedisRateLimit, createRedisReplayGuard } = await import('@countersign/server-verify/redis')
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 })
  await redis.connect()
  const guard = await createRedisReplayGuard(redis)
  return {
    stores: {
      replay: guard,
      rateLimit: createRedisRateLimit(redis, { processes: 1 }),
      countStored: () => redis.dbsize(),
    },
    close: async () => {
      guard.close()
      redis.disconnect()
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
