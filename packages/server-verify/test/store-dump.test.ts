// What a dump of the credential tables, or a copy of the credential file, is worth to whoever has it: nothing. Every
// value in it, as it is and decoded, is tried as a secret of every credential, by requests to a real verifier.
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatApiKey } from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CredentialRegistry } from '../src/credential-registry.js'
import {
  apiKey,
  createFileCredentialStore,
  createLocalKeyEncryptionKey,
  createMemoryCredentialStore,
  createSecretBox,
  hmacSignature,
  issueCredential,
  rotateCredential,
} from '../src/index.js'
import { migrateCredentialTables } from '../src/stores/migrations/migrate.js'
import { createPostgresCredentialStore } from '../src/stores/postgres-credential-store.js'
import { createFixture, type Fixture, NOW, TIMESTAMP } from './fixture.js'
import { sign } from './independent-signer.js'
import { listDatabases, type TestDatabase } from './sql-databases.js'

const secrets = createSecretBox({ keys: [createLocalKeyEncryptionKey('kek_1', new Uint8Array(32).fill(7))] })
const PEER = { address: '192.0.2.10' }
const LIFE = { actor: 'alice', now: () => NOW - 1000 }

interface Issued {
  readonly keyId: string
  readonly secret: string
  readonly kind: 'hmac' | 'api-key'
}

async function fill(registry: CredentialRegistry): Promise<readonly Issued[]> {
  const issued: Issued[] = []
  for (const kind of ['hmac', 'api-key', 'hmac'] as const) {
    const rights = { partnerId: 'acme', environment: 'sandbox', scopes: ['orders:status:write'] }
    const { credential, secret } = await issueCredential(registry, rights, { kind }, LIFE)
    issued.push({ keyId: credential.keyId, secret: secret!, kind })
  }
  const { credential, secret } = await rotateCredential(registry, issued[0]!.keyId, LIFE)
  return [...issued, { keyId: credential.keyId, secret: secret!, kind: 'hmac' }]
}

/** Every text and number in a dump, whatever it is nested in. */
function listValues(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(listValues)
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, member]) => [name, ...listValues(member)])
  return value === null || value === undefined ? [] : [String(value)]
}

/** A value as an attacker would try it: as text, and as the bytes that it may stand for. */
function guess(values: readonly string[]): readonly string[] {
  const decoded = values.flatMap(value =>
    (['base64', 'base64url', 'hex'] as const).flatMap(encoding => {
      const bytes = Buffer.from(value, encoding)
      // The last 32 and first 32 bytes too: nonce and tag stand around what was encrypted.
      return [bytes, bytes.subarray(0, 32), bytes.subarray(-32), bytes.subarray(12, -16)].flatMap(part => [
        part.toString('latin1'),
        part.toString('utf8'),
        part.toString('base64'),
        part.toString('base64url'),
        part.toString('hex'),
      ])
    }),
  )
  return [...new Set([...values, ...decoded])].filter(value => value !== '')
}

async function use(fixture: Fixture, { keyId, kind }: Issued, secret: string): Promise<number> {
  if (kind === 'hmac')
    return (await fixture.answer({ ...sign({ keyId, secret, timestamp: TIMESTAMP }), peer: PEER })).status
  const rawHeaders = ['Host', 'api.example.com', 'X-API-Key', secret]
  const request = { method: 'POST', target: '/v1/x', rawHeaders, body: new Uint8Array(), peer: PEER }
  return (await fixture.answer(request)).status
}

/** A key of the right form, with the right checksum, from what the dump holds: else only the checksum would refuse. */
function asApiKeys(keyId: string, value: string): readonly string[] {
  const letters = value.replace(/[^0-9A-Za-z]/g, '')
  if (letters.length < 43) return [value]
  const cuts = [letters.slice(0, 43), letters.slice(-43)]
  return [value, ...cuts.map(secret => formatApiKey({ environment: 'sandbox', keyId, secret }))]
}

async function expectWorthless(
  registry: CredentialRegistry,
  issued: readonly Issued[],
  dump: unknown,
): Promise<void> {
  // Opened once: a question to the database for each of some ten thousand guesses would only take time.
  const opened = await Promise.all(issued.map(({ keyId }) => registry.findByKeyId(keyId)))
  const credentials = createMemoryCredentialStore(opened.filter(found => found !== undefined))
  expect(opened).not.toContain(undefined)
  const fixture = createFixture({
    schemes: [hmacSignature(), apiKey()],
    credentials,
    audit: undefined,
  })
  const values = listValues(dump)
  const text = JSON.stringify(dump)
  let tried = 0
  for (const credential of issued) {
    expect(values).toContain(credential.keyId)
    expect(text).not.toContain(credential.secret)
    for (const value of guess(values)) {
      const candidates = credential.kind === 'hmac' ? [value] : asApiKeys(credential.keyId, value)
      for (const candidate of candidates) {
        // A line end or a byte above 0xff cannot stand in a header at all.
        if (credential.kind === 'api-key' && !/^[\x21-\x7e]+$/.test(candidate)) continue
        tried++
        expect(await use(fixture, credential, candidate), candidate).not.toBe(200)
      }
    }
    expect(await use(fixture, credential, credential.secret)).toBe(200)
  }
  expect(tried).toBeGreaterThan(1000)
}

describe('the credential file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-dump-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('authenticates nobody', async () => {
    const path = join(folder, 'credentials.json')
    const registry = createFileCredentialStore({ path, secrets })
    const issued = await fill(registry)
    await expectWorthless(registry, issued, JSON.parse(readFileSync(path, 'utf8')))
  })
})

describe.each(listDatabases())('the tables in %s', (_name, open) => {
  let server: TestDatabase
  beforeAll(async () => {
    server = await open()
    await migrateCredentialTables(server.database)
  })
  afterAll(() => server.close())

  test('authenticate nobody, and do not tell whether a guess is a secret', async () => {
    const registry = createPostgresCredentialStore({ database: server.database, secrets })
    const issued = await fill(registry)
    const tables = await server.database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
    )
    expect(tables.map(({ name }) => name)).toEqual([
      'countersign_credential_history',
      'countersign_credential_migrations',
      'countersign_credential_state',
      'countersign_credentials',
    ])
    const dump: Record<string, unknown> = {}
    for (const { name } of tables) dump[name] = await server.database.query(`select * from ${name}`)
    await expectWorthless(registry, issued, JSON.parse(JSON.stringify(dump, replaceBigInt)))

    // Knowing a secret, one still cannot find its row: the fingerprint is keyed, and the key is sealed.
    const [{ secret }] = issued as [Issued]
    const [{ fingerprint }] = (await server.database.query(
      'select secret_fingerprint as fingerprint from countersign_credentials where key_id = $1',
      [issued[0]!.keyId],
    )) as [{ fingerprint: string }]
    for (const key of guess(listValues(dump)))
      expect(createHmac('sha256', Buffer.from(key, 'latin1')).update(secret).digest('hex')).not.toBe(
        fingerprint,
      )
  })
})

function replaceBigInt(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
