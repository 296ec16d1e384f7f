// What a service does while its database goes away: on a real PostgreSQL, because PGlite cannot be lost.
import { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findPostgres, startPostgres, type TemporaryPostgres } from '../../sandbox/test/temporary-postgres.js'
import {
  type CachedCredentialStore,
  type CredentialRegistry,
  createCachedCredentialStore,
  createLocalKeyEncryptionKey,
  createSecretBox,
  issueCredential,
  revokeCredential,
} from '../src/index.js'
import {
  createPoolDatabase,
  createPostgresCredentialStore,
  createPostgresInvalidation,
  migrateCredentialTables,
  type SqlDatabase,
} from '../src/postgres.js'

const bin = findPostgres()
const secrets = createSecretBox({ keys: [createLocalKeyEncryptionKey('kek_1', new Uint8Array(32).fill(7))] })
const RIGHTS = { partnerId: 'acme', environment: 'live', scopes: ['orders:read'] }

describe.skipIf(bin === undefined)('PostgreSQL', () => {
  let server: TemporaryPostgres
  let operator: CredentialRegistry
  let owner: SqlDatabase
  const pools: Pool[] = []
  const caches: CachedCredentialStore[] = []

  const openDatabase = (user?: string): SqlDatabase => {
    const url = new URL(server.url)
    if (user !== undefined) url.username = user
    const pool = new Pool({
      connectionString: url.href,
      connectionTimeoutMillis: 500,
      application_name: 'service',
    })
    pool.on('error', () => undefined)
    pools.push(pool)
    return createPoolDatabase(pool)
  }
  const openService = (options: {
    pollMs: number
    maxStaleMs: number
    user?: string
  }): CachedCredentialStore => {
    const database = openDatabase(options.user)
    const source = createPostgresCredentialStore({ database, secrets })
    const invalidation = createPostgresInvalidation({
      database,
      source,
      pollMs: options.pollMs,
      timeoutMs: 500,
    })
    const cache = createCachedCredentialStore({ source, invalidation, maxStaleMs: options.maxStaleMs })
    caches.push(cache)
    return cache
  }

  beforeAll(async () => {
    server = await startPostgres(bin!)
    owner = openDatabase()
    await migrateCredentialTables(owner)
    operator = createPostgresCredentialStore({ database: owner, secrets })
  })
  afterEach(async () => {
    await Promise.all(caches.splice(0).map(cache => cache.close()))
  })
  afterAll(async () => {
    await Promise.all(pools.map(pool => pool.end()))
    server.stop()
  })

  test('a lost LISTEN is made again, and what was said meanwhile is learnt', async () => {
    const cache = openService({ pollMs: 60_000, maxStaleMs: 60_000 })
    const { keyId } = (await issueCredential(operator, RIGHTS, { kind: 'hmac' }, { actor: 'alice' }))
      .credential
    expect(await cache.findByKeyId(keyId)).toMatchObject({ state: 'active' })
    const endListening = (): Promise<readonly unknown[]> =>
      owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and application_name = 'service'`,
      )
    // The first look-up does not wait for LISTEN.
    await expect.poll(endListening, { timeout: 5000, interval: 20 }).toHaveLength(1)
    await revokeCredential(operator, keyId, { actor: 'alice', reason: 'test' })
    await expect
      .poll(async () => (await cache.findByKeyId(keyId))?.state, { timeout: 3000, interval: 50 })
      .toBe('revoked')
  })

  test('a service needs to read three tables, nothing else', async () => {
    await owner.query('create role service login')
    const tables = ['credentials', 'credential_history', 'credential_state'].map(
      name => `countersign_${name}`,
    )
    await owner.query(`grant select on ${tables.join(', ')} to service`)
    const cache = openService({ pollMs: 60_000, maxStaleMs: 60_000, user: 'service' })
    const { keyId } = (await issueCredential(operator, RIGHTS, { kind: 'hmac' }, { actor: 'alice' }))
      .credential
    expect(await cache.findByKeyId(keyId)).toMatchObject({ state: 'active' })
    const reader = createPostgresCredentialStore({ database: openDatabase('service'), secrets })
    await expect(revokeCredential(reader, keyId, { actor: 'mallory', reason: 'test' })).rejects.toMatchObject(
      { code: '42501' },
    )
    await revokeCredential(operator, keyId, { actor: 'alice', reason: 'test' })
    await expect.poll(async () => (await cache.findByKeyId(keyId))?.state, { timeout: 1000 }).toBe('revoked')
  })

  test('without the database the cache answers up to its bound, then 503', async () => {
    const cache = openService({ pollMs: 50, maxStaleMs: 1500 })
    const { keyId } = (await issueCredential(operator, RIGHTS, { kind: 'hmac' }, { actor: 'alice' }))
      .credential
    expect(await cache.findByKeyId(keyId)).toMatchObject({ state: 'active' })
    server.stop()
    expect(await cache.findByKeyId(keyId)).toMatchObject({ state: 'active' })
    await expect(cache.findByKeyId('another_key')).rejects.toThrow()
    await expect
      .poll(() => new Promise(resolve => resolve(cache.findByKeyId(keyId))).catch(error => error.status), {
        timeout: 4000,
        interval: 50,
      })
      .toBe(503)
  })
})
