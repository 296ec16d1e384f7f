import type { Credential } from '../credential.js'
import type { CredentialStore } from '../credential-store.js'
import { DependencyError } from '../errors.js'
import type { CredentialInvalidation, StopListening } from '../invalidation.js'

/** Options of {@link createCachedCredentialStore}. */
export interface CachedCredentialStoreOptions {
  readonly source: CredentialStore
  /** Tells what has changed. */
  readonly invalidation: CredentialInvalidation
  /** Most credentials kept; default 10,000. The one that was not asked for longest goes first. */
  readonly maxEntries?: number | undefined
  /** Most unknown key ids kept, apart from the credentials: strangers choose these; default 10,000. */
  readonly maxUnknown?: number | undefined
  /** Beyond so many ms without knowing whether anything changed, nothing is answered (503); default 5000. */
  readonly maxStaleMs?: number | undefined
  /** ms since epoch; default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A store with a cache in front. */
export interface CachedCredentialStore extends CredentialStore {
  /** How full the cache is, for metrics. */
  readonly size: { readonly credentials: number; readonly unknown: number }
  /** Stops listening and forgets everything. */
  close(): Promise<void>
}

/**
 * Keeps credentials, and key ids that nobody has, in memory until they change. Concurrent look-ups of one key id are one
 * question to the source. When it cannot be learnt for `maxStaleMs` whether something changed, look-ups throw: a
 * credential could have been revoked meanwhile.
 *
 * @example
 * ```ts
 * import { createCachedCredentialStore, type CredentialInvalidation, type CredentialStore } from '@countersign/server-verify'
 *
 * declare const source: CredentialStore
 * declare const invalidation: CredentialInvalidation
 * const credentials = createCachedCredentialStore({ source, invalidation, maxStaleMs: 5_000 })
 * console.log(await credentials.findByKeyId('acme_2026_a'))
 * ```
 */
export function createCachedCredentialStore(options: CachedCredentialStoreOptions): CachedCredentialStore {
  return new CachedStore(options)
}

/** A source that is changed again and again while it is read is asked so often, then believed for this one look-up. */
const MAX_ATTEMPTS = 3

type Settings = {
  readonly [K in keyof CachedCredentialStoreOptions]-?: NonNullable<CachedCredentialStoreOptions[K]>
}

class CachedStore implements CachedCredentialStore {
  readonly #options: Settings
  readonly #known = new Map<string, Credential>()
  readonly #unknown = new Set<string>()
  readonly #loading = new Map<string, Promise<Credential | undefined>>()
  #subscription: Promise<StopListening> | undefined = undefined
  #subscribed = false

  constructor({
    source,
    invalidation,
    maxEntries = 10_000,
    maxUnknown = 10_000,
    maxStaleMs = 5000,
    now = Date.now,
  }: CachedCredentialStoreOptions) {
    this.#options = { source, invalidation, maxEntries, maxUnknown, maxStaleMs, now }
  }

  get size(): { readonly credentials: number; readonly unknown: number } {
    return { credentials: this.#known.size, unknown: this.#unknown.size }
  }

  /** Answers at once what is in the cache. */
  findByKeyId(keyId: string): Credential | undefined | Promise<Credential | undefined> {
    if (!this.#subscribed) return this.#subscribe().then(() => this.findByKeyId(keyId))
    this.#assertInformed()
    const known = this.#known.get(keyId)
    if (known !== undefined) {
      // To the end: the first in the map is the one that was not asked for longest.
      this.#known.delete(keyId)
      this.#known.set(keyId, known)
      return known
    }
    if (this.#unknown.has(keyId)) return undefined
    return this.#load(keyId)
  }

  async close(): Promise<void> {
    const subscription = this.#subscription
    this.#subscribed = false
    this.#subscription = undefined
    this.#forget(undefined)
    await (await subscription?.catch(() => undefined))?.()
  }

  #subscribe(): Promise<StopListening> {
    this.#subscription ??= this.#options.invalidation
      .subscribe(keyId => this.#forget(keyId))
      .then(
        stop => {
          this.#subscribed = true
          return stop
        },
        error => {
          this.#subscription = undefined
          throw error
        },
      )
    return this.#subscription
  }

  // Stands so that NaN is stale.
  #assertInformed(): void {
    const { invalidation, maxStaleMs, now } = this.#options
    if (now() - invalidation.lastKnownAt <= maxStaleMs) return
    throw new DependencyError('dependency_unavailable', { dependency: 'credential invalidation' })
  }

  #load(keyId: string, attempt: number = 1): Promise<Credential | undefined> {
    const loading = this.#loading.get(keyId)
    if (loading !== undefined) return loading
    const started: Promise<Credential | undefined> = this.#read(keyId, attempt, () => {
      return this.#loading.get(keyId) === started
    })
    this.#loading.set(keyId, started)
    const done = (): void => {
      if (this.#loading.get(keyId) === started) this.#loading.delete(keyId)
    }
    started.then(done, done)
    return started
  }

  /** @param isCurrent false once the key id was said to have changed: what was read may be the state before */
  async #read(keyId: string, attempt: number, isCurrent: () => boolean): Promise<Credential | undefined> {
    // After the look-up is in the map: what is told from here on must find it.
    await undefined
    const found = await this.#options.source.findByKeyId(keyId)
    if (isCurrent()) this.#keep(keyId, found)
    else if (attempt < MAX_ATTEMPTS) return this.#load(keyId, attempt + 1)
    return found
  }

  #keep(keyId: string, found: Credential | undefined): void {
    const { maxEntries, maxUnknown } = this.#options
    if (found === undefined) {
      this.#unknown.add(keyId)
      if (this.#unknown.size > maxUnknown) dropFirst(this.#unknown)
    } else {
      this.#known.set(keyId, found)
      if (this.#known.size > maxEntries) dropFirst(this.#known)
    }
  }

  #forget(keyId: string | undefined): void {
    for (const store of [this.#known, this.#unknown, this.#loading]) {
      if (keyId === undefined) store.clear()
      else store.delete(keyId)
    }
  }
}

function dropFirst(store: Map<string, unknown> | Set<string>): void {
  for (const first of store.keys()) {
    store.delete(first)
    return
  }
}
