import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Credential } from '../credential.js'
import { amendRecord, createEvent, mayTakePlaceOf } from '../credential-change.js'
import {
  CredentialError,
  createExistsError,
  createReusedError,
  createUnknownError,
} from '../credential-error.js'
import {
  type CredentialRecord,
  createFingerprintKey,
  describeCredential,
  openCredential,
  rewrapCredential,
  rewrapFingerprintKey,
  sealCredential,
} from '../credential-record.js'
import type { CredentialEvent, CredentialRegistry } from '../credential-registry.js'
import { LockTimeoutError, withLockFile } from '../lock-file.js'
import { parseCredentialRecord } from '../parse-credential-record.js'
import { PrivateFileError, readPrivateFile, writePrivateFile } from '../private-file.js'
import type { SecretBox } from '../secret-box.js'
import { SecretBoxError } from '../secret-box-error.js'
import {
  type CredentialFile,
  EMPTY_FILE,
  formatCredentialFile,
  parseCredentialFile,
} from './credential-file.js'
import { compareByPartner, matchesFilter } from './credential-filter.js'

/** Options of {@link createFileCredentialStore}. */
export interface FileCredentialStoreOptions {
  /** Made with mode 0600 by the first credential. */
  readonly path: string
  /** Opens and seals HMAC secrets. Without it those of the file cannot be used; see {@link CredentialRegistry}. */
  readonly secrets?: SecretBox | undefined
  /** How long to wait for another process that changes the file, ms; default 5000. */
  readonly lockTimeoutMs?: number | undefined
}

/**
 * A store in one JSON file: for one machine, and up to some thousand credentials. Changes are written whole or not at
 * all, under a lock file beside it (`.lock`); every look-up sees whether another process has changed the file. A file that
 * cannot be read makes look-ups throw, which is 503.
 *
 * @example
 * ```ts
 * import { createFileCredentialStore, createSecretBox, readKeyEncryptionKeys } from '@countersign/server-verify'
 *
 * const credentials = createFileCredentialStore({
 *   path: '/var/lib/orders/credentials.json',
 *   secrets: createSecretBox({ keys: await readKeyEncryptionKeys('/etc/countersign/kek') }),
 * })
 * console.log(await credentials.list({ partnerId: 'acme' }))
 * ```
 */
export function createFileCredentialStore(options: FileCredentialStoreOptions): CredentialRegistry {
  return new FileCredentialStore(options)
}

interface Loaded {
  readonly file: CredentialFile
  readonly byKeyId: ReadonlyMap<string, unknown>
  /** Of which state of the file this is. */
  readonly mark: string
}

class FileCredentialStore implements CredentialRegistry {
  readonly #path: string
  readonly #secrets: SecretBox | undefined
  readonly #lockTimeoutMs: number
  #loaded: Loaded | undefined = undefined

  constructor({ path, secrets, lockTimeoutMs = 5000 }: FileCredentialStoreOptions) {
    this.#path = path
    this.#secrets = secrets
    this.#lockTimeoutMs = lockTimeoutMs
  }

  async findByKeyId(keyId: string): Promise<Credential | undefined> {
    const { byKeyId } = await this.#reload()
    const found = byKeyId.get(keyId)
    if (found === undefined) return undefined
    const record = parseCredentialRecord(found)
    return record.kind === 'hmac'
      ? openCredential(record, this.#requireSecrets())
      : Object.freeze({ ...record })
  }

  async describe(keyId: string): ReturnType<CredentialRegistry['describe']> {
    const found = (await this.#reload()).byKeyId.get(keyId)
    return found === undefined ? undefined : describeCredential(parseCredentialRecord(found))
  }

  async list(filter: Parameters<CredentialRegistry['list']>[0] = {}): ReturnType<CredentialRegistry['list']> {
    const { file } = await this.#reload()
    return file.credentials
      .map(parseCredentialRecord)
      .filter(record => matchesFilter(record, filter))
      .sort(compareByPartner)
      .map(describeCredential)
  }

  async history(keyId?: string): Promise<readonly CredentialEvent[]> {
    const { history } = (await this.#reload()).file
    return keyId === undefined ? history : history.filter(event => event.keyId === keyId)
  }

  async changesSince(revision: number | undefined): ReturnType<CredentialRegistry['changesSince']> {
    const { file } = await this.#reload()
    if (revision === undefined || revision > file.revision)
      return { revision: file.revision, keyIds: undefined }
    const events = file.history.filter(event => event.revision > revision)
    return {
      revision: file.revision,
      keyIds: events.flatMap(({ keyId }) => (keyId === null ? [] : [keyId])),
    }
  }

  async commit(...[changes, note]: Parameters<CredentialRegistry['commit']>): Promise<void> {
    await this.#change(async file => {
      const records = new Map(file.credentials.map(value => [value.keyId, value]))
      let { fingerprintKey } = file
      for (const change of changes) {
        if (change.type !== 'add') {
          const found = records.get(change.keyId)
          if (found === undefined) throw createUnknownError(change.keyId)
          records.set(change.keyId, amendRecord(parseCredentialRecord(found), change))
          continue
        }
        const { credential } = change
        let record: CredentialRecord
        if (credential.kind === 'hmac') {
          const secrets = this.#requireSecrets()
          fingerprintKey ??= await createFingerprintKey(secrets, randomBytes(32))
          record = await sealCredential(credential, secrets, fingerprintKey)
        } else record = credential
        const existing = records.get(credential.keyId)
        if (existing !== undefined && !mayTakePlaceOf(existing, record))
          throw createExistsError(credential.keyId)
        assertOwnSecret(record, records.values())
        records.set(credential.keyId, parseCredentialRecord(JSON.parse(JSON.stringify(record))))
      }
      const revision = file.revision + 1
      const events = changes.map(change => createEvent(change, note, revision))
      return {
        ...file,
        revision,
        fingerprintKey,
        credentials: [...records.values()],
        history: [...file.history, ...events],
      }
    })
  }

  async rewrap({ actor, at }: Parameters<CredentialRegistry['rewrap']>[0]): Promise<number> {
    const secrets = this.#requireSecrets()
    let count = 0
    await this.#change(async file => {
      const credentials: CredentialRecord[] = []
      for (const value of file.credentials) {
        const record = parseCredentialRecord(value)
        const rewrapped = await rewrapCredential(record, secrets)
        if (rewrapped !== record) count++
        credentials.push(rewrapped)
      }
      const { fingerprintKey: before } = file
      const fingerprintKey = before && (await rewrapFingerprintKey(before, secrets))
      if (count === 0 && fingerprintKey === before) return file
      const revision = file.revision + 1
      const reason = `${count} under ${secrets.currentKeyId}`
      const event = { revision, keyId: null, change: 'rewrap', action: 'rewrap', actor, reason, at } as const
      return { ...file, revision, fingerprintKey, credentials, history: [...file.history, event] }
    })
    return count
  }

  async close(): Promise<void> {
    this.#loaded = undefined
  }

  async #change(work: (file: CredentialFile) => Promise<CredentialFile>): Promise<void> {
    try {
      await withLockFile(`${this.#path}.lock`, this.#lockTimeoutMs, async () => {
        // Read anew: what is written must stand on what is there, not on what looks the same.
        this.#loaded = undefined
        const before = await this.#reload().then(
          ({ file }) => file,
          error => {
            if (error instanceof CredentialError && error.code === 'store_missing') return EMPTY_FILE
            throw error
          },
        )
        const after = await work(before)
        if (after !== before) await writePrivateFile(this.#path, formatCredentialFile(after))
      })
    } catch (error) {
      if (error instanceof LockTimeoutError) throw new CredentialError('store_busy', error.message, error)
      throw error
    }
  }

  /**
   * What stands in the file now. Never joined with a look that began earlier: that one may have seen the file as it was
   * before a change that somebody has been told of.
   */
  async #reload(): Promise<Loaded> {
    try {
      const mark = createMark(await stat(this.#path))
      const loaded =
        this.#loaded?.mark === mark ? this.#loaded : load(await readPrivateFile(this.#path), mark)
      this.#loaded = loaded
      return loaded
    } catch (error) {
      throw explain(error, this.#path)
    }
  }

  #requireSecrets(): SecretBox {
    if (this.#secrets !== undefined) return this.#secrets
    throw new SecretBoxError(
      'key_encryption_key_missing',
      'The HMAC secrets of this store can be used with a key-encryption key only.',
    )
  }
}

function load(text: string, mark: string): Loaded {
  const file = parseCredentialFile(text)
  return { file, byKeyId: new Map(file.credentials.map(value => [value.keyId, value])), mark }
}

// A rename puts another file into its place, so the number changes even when two writes fall into one tick.
function createMark({ dev, ino, mtimeMs, size }: Stats): string {
  return `${dev}:${ino}:${mtimeMs}:${size}`
}

function assertOwnSecret(record: CredentialRecord, others: Iterable<CredentialRecord>): void {
  for (const other of others) {
    const isSame =
      (record.kind === 'hmac' &&
        other.kind === 'hmac' &&
        other.secretFingerprint === record.secretFingerprint) ||
      (record.kind === 'api-key' && other.kind === 'api-key' && other.secretSha256 === record.secretSha256)
    if (isSame) throw createReusedError(record.keyId)
  }
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof CredentialError)
    return new CredentialError(error.code, `${path}: ${error.message}`, error)
  if (error instanceof PrivateFileError) return new CredentialError('store_invalid', error.message, error)
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return new CredentialError('store_missing', `There is no credential file ${path}.`, error)
  return error
}
