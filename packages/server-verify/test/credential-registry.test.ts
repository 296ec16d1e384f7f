// What every store that credentials are issued into must do: the file, PGlite, a real PostgreSQL.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Credential } from '../src/credential.js'
import type { ChangeNote, CredentialRegistry } from '../src/credential-registry.js'
import { createLocalKeyEncryptionKey } from '../src/key-encryption-key.js'
import { createRevisionInvalidation } from '../src/revision-invalidation.js'
import { createSecretBox, type SecretBox } from '../src/secret-box.js'
import { createCachedCredentialStore } from '../src/stores/cached-credential-store.js'
import { createFileCredentialStore } from '../src/stores/file-credential-store.js'
import { migrateCredentialTables } from '../src/stores/migrations/migrate.js'
import { createPostgresCredentialStore } from '../src/stores/postgres-credential-store.js'
import { createPostgresInvalidation } from '../src/stores/postgres-invalidation.js'
import { listDatabases, type TestDatabase } from './sql-databases.js'

const NOW = Date.UTC(2026, 10, 21, 23, 30, 40)
const NOTE: ChangeNote = { action: 'issue', actor: 'alice', at: NOW }
const REVOKE: ChangeNote = { action: 'revoke', actor: 'bob', reason: 'leaked', at: NOW + 1 }
const KEYS = [1, 2].map(n => createLocalKeyEncryptionKey(`kek_${n}`, new Uint8Array(32).fill(n)))
const OLD = createSecretBox({ keys: [KEYS[0]!] })
const BOTH = createSecretBox({ keys: [KEYS[1]!, KEYS[0]!] })
const NEW = createSecretBox({ keys: [KEYS[1]!] })

const BASE = {
  partnerId: 'acme',
  environment: 'live',
  scopes: ['orders:read', 'orders:status:write'],
  state: 'active',
  createdAt: NOW,
} as const

/** One of every kind, with every member set somewhere. */
const CREDENTIALS: readonly Credential[] = [
  {
    ...BASE,
    kind: 'hmac',
    keyId: 'acme_hmac_1',
    secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    api: 'orders',
    roles: ['pusher'],
    restrictedTo: ['orders:read'],
    notBefore: NOW - 1000,
    notAfter: NOW + 86_400_000,
    ipAllowList: ['192.0.2.0/24', '2001:db8::1'],
    requires: ['client-certificate'],
    certificates: ['ab'.repeat(32)],
  },
  { ...BASE, kind: 'http-signature', keyId: 'acme_key_1', algorithm: 'ed25519', publicKey: '-----BEGIN …' },
  { ...BASE, kind: 'api-key', keyId: 'acmeApiKey1', secretSha256: 'cd'.repeat(32), scopes: [] },
  { ...BASE, kind: 'access-token', keyId: 'tok_1234567', issuer: 'https://login.example', subject: 'a"b\\c' },
  { ...BASE, kind: 'client-certificate', keyId: 'crt_1234567', certificates: ['ef'.repeat(32)] },
  { ...BASE, kind: 'client-certificate', keyId: 'crt_7654321', subjectAltName: 'DNS:push.acme.example' },
]

function hmac(keyId: string, secret: string, partnerId = 'acme'): Credential {
  return { ...BASE, kind: 'hmac', keyId, secret, partnerId }
}

/** One store, opened as often as one likes. */
interface Place {
  open(secrets: SecretBox | undefined): CredentialRegistry
  /** As another process would have it, with a cache. */
  openCached(secrets: SecretBox): {
    store: ReturnType<typeof createCachedCredentialStore>
  }
}

function describeRegistry(name: string, begin: () => Promise<Place>, end: () => Promise<void>): void {
  describe(name, () => {
    let place: Place
    beforeEach(async () => {
      place = await begin()
    })
    afterEach(end)

    const add = (store: CredentialRegistry, ...credentials: readonly Credential[]): Promise<void> =>
      store.commit(
        credentials.map(credential => ({ type: 'add', credential }) as const),
        NOTE,
      )

    test('every kind comes back as it went in', async () => {
      const store = place.open(OLD)
      await add(store, ...CREDENTIALS)
      for (const credential of CREDENTIALS)
        expect(await store.findByKeyId(credential.keyId)).toEqual(credential)
      expect(await store.findByKeyId('nobody_2026')).toBeUndefined()
      expect(Object.isFrozen(await store.findByKeyId('acme_hmac_1'))).toBe(true)
    })

    test('a list shows everything but secrets', async () => {
      const store = place.open(OLD)
      await add(store, ...CREDENTIALS, hmac('zeta_hmac_1', 'another secret', 'zeta'))
      const all = await store.list()
      expect(all.map(({ partnerId, keyId }) => `${partnerId} ${keyId}`)).toEqual([
        'acme acmeApiKey1',
        'acme acme_hmac_1',
        'acme acme_key_1',
        'acme crt_1234567',
        'acme crt_7654321',
        'acme tok_1234567',
        'zeta zeta_hmac_1',
      ])
      expect(JSON.stringify(all)).not.toMatch(/secret|wrapped|cdcd/i)
      expect((await store.list({ partnerId: 'zeta' })).map(({ keyId }) => keyId)).toEqual(['zeta_hmac_1'])
      expect(await store.list({ state: 'revoked' })).toEqual([])
      expect(await store.list({ environment: 'sandbox' })).toEqual([])
      expect(await store.describe('acme_key_1')).toMatchObject({ algorithm: 'ed25519' })
      expect(await store.describe('nobody_2026')).toBeUndefined()
    })

    test('one secret under two key ids, and one key id twice, are refused', async () => {
      const store = place.open(OLD)
      await add(store, ...CREDENTIALS)
      const { secret } = CREDENTIALS[0] as { secret: string }
      await expect(add(place.open(OLD), hmac('other_hmac_1', secret, 'other'))).rejects.toMatchObject({
        code: 'secret_reused',
        message: expect.not.stringContaining(secret),
      })
      await expect(
        add(store, { ...CREDENTIALS[2]!, keyId: 'otherApiKey1' } as Credential),
      ).rejects.toMatchObject({ code: 'secret_reused' })
      await expect(add(store, hmac('acme_hmac_1', 'a new secret'))).rejects.toMatchObject({
        code: 'credential_exists',
      })
      await expect(add(store, hmac('b_hmac_1', 'twice'), hmac('b_hmac_2', 'twice'))).rejects.toMatchObject({
        code: 'secret_reused',
      })
      expect(await store.describe('b_hmac_1')).toBeUndefined()
    })

    test('a subject or certificate can be bound anew once its binding is revoked, and not before', async () => {
      const store = place.open(OLD)
      const [token, certificate] = [CREDENTIALS[3]!, CREDENTIALS[4]!]
      await add(store, token, certificate, hmac('acme_hmac_1', 'one'))
      await expect(add(store, token)).rejects.toMatchObject({ code: 'credential_exists' })
      for (const { keyId } of [token, certificate, { keyId: 'acme_hmac_1' }])
        await store.commit([{ type: 'revoke', keyId }], REVOKE)
      await add(store, { ...token, scopes: ['orders:read'] }, certificate)
      expect(await store.findByKeyId(token.keyId)).toEqual({ ...token, scopes: ['orders:read'] })
      await expect(add(store, hmac('acme_hmac_1', 'two'))).rejects.toMatchObject({
        code: 'credential_exists',
      })
    })

    test('revoked is for ever, an end can only come nearer', async () => {
      const store = place.open(OLD)
      await add(store, hmac('acme_hmac_1', 'one'), hmac('acme_hmac_2', 'two'))
      const expire = (notAfter: number): Promise<void> =>
        store.commit([{ type: 'expire', keyId: 'acme_hmac_1', notAfter }], { ...NOTE, action: 'rotate' })
      await expire(NOW + 500)
      await expire(NOW + 900)
      expect(await store.findByKeyId('acme_hmac_1')).toMatchObject({ notAfter: NOW + 500 })
      await store.commit([{ type: 'revoke', keyId: 'acme_hmac_1' }], REVOKE)
      await store.commit([{ type: 'revoke', keyId: 'acme_hmac_1' }], REVOKE)
      expect(await store.findByKeyId('acme_hmac_1')).toMatchObject({ state: 'revoked' })
      await expect(expire(NOW + 1)).rejects.toMatchObject({ code: 'credential_revoked' })
      await expect(store.commit([{ type: 'revoke', keyId: 'nobody_2026' }], REVOKE)).rejects.toMatchObject({
        code: 'credential_unknown',
      })
      expect(await store.findByKeyId('acme_hmac_2')).toMatchObject({ state: 'active' })
    })

    test('the history says who did what, when and why', async () => {
      const store = place.open(OLD)
      await add(store, hmac('acme_hmac_1', 'one'))
      await store.commit(
        [
          { type: 'add', credential: hmac('acme_hmac_2', 'two') },
          { type: 'expire', keyId: 'acme_hmac_1', notAfter: NOW + 5 },
        ],
        { ...NOTE, action: 'rotate' },
      )
      await store.commit([{ type: 'revoke', keyId: 'acme_hmac_1' }], REVOKE)
      expect(await store.history()).toEqual([
        { revision: 1, keyId: 'acme_hmac_1', change: 'add', ...NOTE },
        { revision: 2, keyId: 'acme_hmac_2', change: 'add', ...NOTE, action: 'rotate' },
        { revision: 2, keyId: 'acme_hmac_1', change: 'expire', ...NOTE, action: 'rotate', notAfter: NOW + 5 },
        { revision: 3, keyId: 'acme_hmac_1', change: 'revoke', ...REVOKE },
      ])
      expect((await store.history('acme_hmac_2')).map(({ change }) => change)).toEqual(['add'])
    })

    test('whoever keeps copies learns what changed', async () => {
      const store = place.open(OLD)
      await add(store, hmac('acme_hmac_1', 'one'))
      await add(store, hmac('acme_hmac_2', 'two'))
      expect(await store.changesSince(undefined)).toEqual({ revision: 2, keyIds: undefined })
      expect(await store.changesSince(1)).toEqual({ revision: 2, keyIds: ['acme_hmac_2'] })
      expect(await store.changesSince(2)).toEqual({ revision: 2, keyIds: [] })
      // A backup was put in place.
      expect(await store.changesSince(7)).toEqual({ revision: 2, keyIds: undefined })
    })

    test('a new key-encryption key: rewrapped, then the old one is not needed', async () => {
      const store = place.open(OLD)
      await add(store, hmac('acme_hmac_1', 'one'), hmac('acme_hmac_2', 'two'), CREDENTIALS[2]!)
      await expect(place.open(NEW).findByKeyId('acme_hmac_1')).rejects.toMatchObject({
        code: 'key_encryption_key_unknown',
      })
      const both = place.open(BOTH)
      await add(both, hmac('acme_hmac_3', 'three'))
      expect(await both.rewrap({ actor: 'alice', at: NOW })).toBe(2)
      expect(await both.rewrap({ actor: 'alice', at: NOW })).toBe(0)
      const after = place.open(NEW)
      for (const [keyId, secret] of Object.entries({ acme_hmac_1: 'one', acme_hmac_3: 'three' }))
        expect(await after.findByKeyId(keyId)).toMatchObject({ secret })
      // The key of the fingerprints went along: a second use is still noticed.
      await expect(add(after, hmac('acme_hmac_4', 'one'))).rejects.toMatchObject({ code: 'secret_reused' })
      expect((await after.history()).at(-1)).toMatchObject({ keyId: null, reason: '2 under kek_2' })
    })

    test('a revocation reaches other caches within a second', async () => {
      const store = place.open(OLD)
      await add(store, hmac('acme_hmac_1', 'one'))
      const others = [place.openCached(OLD), place.openCached(OLD)].map(({ store: cached }) => cached)
      try {
        for (const other of others) {
          expect(await other.findByKeyId('acme_hmac_1')).toMatchObject({ state: 'active' })
          expect(other.findByKeyId('acme_hmac_1')).toMatchObject({ state: 'active' })
          expect(await other.findByKeyId('acme_hmac_2')).toBeUndefined()
        }
        await store.commit([{ type: 'revoke', keyId: 'acme_hmac_1' }], REVOKE)
        await add(store, hmac('acme_hmac_2', 'two'))
        for (const other of others) {
          await expect
            .poll(async () => (await other.findByKeyId('acme_hmac_1'))?.state, {
              timeout: 1000,
              interval: 20,
            })
            .toBe('revoked')
          await expect
            .poll(async () => (await other.findByKeyId('acme_hmac_2'))?.state, {
              timeout: 1000,
              interval: 20,
            })
            .toBe('active')
        }
      } finally {
        await Promise.all(others.map(other => other.close()))
      }
    })
  })
}

let folder: string
describeRegistry(
  'file',
  async () => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-registry-'))
    const path = join(folder, 'credentials.json')
    const open = (secrets: SecretBox | undefined): CredentialRegistry =>
      createFileCredentialStore({ path, secrets })
    return {
      open,
      openCached(secrets) {
        const source = open(secrets)
        return {
          store: createCachedCredentialStore({
            source,
            invalidation: createRevisionInvalidation({ source }),
          }),
        }
      },
    }
  },
  async () => rmSync(folder, { recursive: true }),
)

for (const [name, openDatabase] of listDatabases()) {
  let server: TestDatabase
  describe(name, () => {
    beforeAll(async () => {
      server = await openDatabase()
    })
    afterAll(() => server.close())

    describeRegistry(
      'store',
      async () => {
        await migrateCredentialTables(server.database)
        return {
          open: secrets => createPostgresCredentialStore({ database: server.another(), secrets }),
          openCached(secrets) {
            const database = server.another()
            const source = createPostgresCredentialStore({ database, secrets })
            // A minute: what comes within a second came by LISTEN.
            const invalidation = createPostgresInvalidation({ database, source, pollMs: 60_000 })
            return { store: createCachedCredentialStore({ source, invalidation }) }
          },
        }
      },
      () => dropTables(server),
    )

    test('ten processes that start at once make the tables once', async () => {
      await Promise.all(Array.from({ length: 10 }, () => migrateCredentialTables(server.another())))
      const rows = await server.database.query('select id from countersign_credential_migrations')
      expect(rows).toEqual([{ id: 1 }])
      await server.database.query(`insert into countersign_credential_migrations (id, name) values (99, 'x')`)
      await expect(migrateCredentialTables(server.database)).rejects.toMatchObject({ code: 'store_newer' })
      await dropTables(server)
    })

    test('a database without tables is no empty store', async () => {
      const store = createPostgresCredentialStore({ database: server.database, secrets: OLD })
      await expect(store.findByKeyId('acme_hmac_1')).rejects.toMatchObject({ code: 'store_outdated' })
      await expect(store.commit([{ type: 'revoke', keyId: 'acme_hmac_1' }], REVOKE)).rejects.toMatchObject({
        code: 'store_outdated',
      })
    })

    test('a restriction that this version does not know refuses its credential', async () => {
      await migrateCredentialTables(server.database)
      const store = createPostgresCredentialStore({ database: server.database, secrets: OLD })
      await store.commit([{ type: 'add', credential: hmac('acme_hmac_1', 'one') }], NOTE)
      await server.database.query(
        `update countersign_credentials set record = record || '{"onlyOnTuesdays": true}'`,
      )
      await expect(store.findByKeyId('acme_hmac_1')).rejects.toMatchObject({ code: 'store_invalid' })
      await dropTables(server)
    })

    test('commits at once are all kept, in one order', async () => {
      await migrateCredentialTables(server.database)
      const stores = Array.from({ length: 4 }, () =>
        createPostgresCredentialStore({ database: server.another(), secrets: OLD }),
      )
      await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          stores[index % 4]!.commit(
            [{ type: 'add', credential: hmac(`acme_hmac_${index}`, `secret ${index}`) }],
            NOTE,
          ),
        ),
      )
      const revisions = (await stores[0]!.history()).map(({ revision }) => revision)
      expect(revisions).toEqual(Array.from({ length: 16 }, (_, index) => index + 1))
      await dropTables(server)
    })
  })
}

async function dropTables({ database }: TestDatabase): Promise<void> {
  for (const table of ['credentials', 'credential_history', 'credential_state', 'credential_migrations'])
    await database.query(`drop table countersign_${table}`)
}
