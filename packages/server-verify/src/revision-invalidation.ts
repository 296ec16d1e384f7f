import type { RevisedCredentialStore } from './credential-registry.js'
import { DependencyError } from './errors.js'
import type { CredentialInvalidation, InvalidationListener } from './invalidation.js'

/** Options of {@link createRevisionInvalidation}. */
export interface RevisionInvalidationOptions {
  /** Where the revision is asked for: a file or PostgreSQL store. */
  readonly source: RevisedCredentialStore
  /** ms between two questions; default 500. */
  readonly pollMs?: number | undefined
  /** A question without an answer is given up after so many ms; default 2000. */
  readonly timeoutMs?: number | undefined
  /** Tells that it is worth asking now, such as LISTEN of PostgreSQL. May miss messages; returns how to end it. */
  readonly listen?: ((onHint: () => void) => Promise<() => Promise<void>>) | undefined
  /** ms since epoch; default `Date.now`. */
  readonly now?: (() => number) | undefined
}

/**
 * Learns what changed in a store by asking for its revision again and again, and at once on a hint. A change is known
 * `pollMs` later at the latest, whatever messages get lost.
 *
 * @example
 * ```ts
 * import {
 *   createCachedCredentialStore,
 *   createFileCredentialStore,
 *   createRevisionInvalidation,
 * } from '@countersign/server-verify'
 *
 * const source = createFileCredentialStore({ path: '/var/lib/orders/credentials.json' })
 * const credentials = createCachedCredentialStore({ source, invalidation: createRevisionInvalidation({ source }) })
 * console.log(await credentials.findByKeyId('acme_2026_a'))
 * ```
 */
export function createRevisionInvalidation(options: RevisionInvalidationOptions): CredentialInvalidation {
  return new RevisionInvalidation(options)
}

type Settings = {
  readonly [K in Exclude<keyof RevisionInvalidationOptions, 'listen'>]-?: NonNullable<
    RevisionInvalidationOptions[K]
  >
}

class RevisionInvalidation implements CredentialInvalidation {
  readonly #options: Settings
  readonly #listen: RevisionInvalidationOptions['listen']
  readonly #listeners = new Set<InvalidationListener>()
  #revision: number | undefined = undefined
  #lastKnownAt = 0
  #timer: NodeJS.Timeout | undefined = undefined
  #asking: Promise<void> | undefined = undefined
  #askAgain = false
  #next: Promise<void> = Promise.resolve()
  /** Number of the question whose answer counts: one that was given up may still come, and late. */
  #question = 0
  #stopHints: Promise<() => Promise<void>> | undefined = undefined

  constructor({
    listen,
    source,
    pollMs = 500,
    timeoutMs = 2000,
    now = Date.now,
  }: RevisionInvalidationOptions) {
    this.#options = { source, pollMs, timeoutMs, now }
    this.#listen = listen
  }

  get lastKnownAt(): number {
    return this.#lastKnownAt
  }

  /** The store has counted its revision; here it is only asked at once. */
  async publish(): Promise<void> {
    if (this.#listeners.size > 0) await this.#ask().catch(throwOutage)
  }

  async subscribe(listener: InvalidationListener): Promise<() => Promise<void>> {
    const stop = async (): Promise<void> => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) await this.#stop()
    }
    this.#listeners.add(listener)
    try {
      this.#startHints()
      // Asked even when others listen already: from here on this listener misses nothing.
      await this.#ask()
      this.#askLater()
    } catch (error) {
      await stop()
      throwOutage(error)
    }
    return stop
  }

  #startHints(): void {
    // Without hints there is still the clock.
    this.#stopHints ??= this.#listen?.(() => void this.#ask().catch(() => undefined)).catch(
      () => async () => {},
    )
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#question++
    this.#revision = undefined
    this.#lastKnownAt = 0
    const stopHints = this.#stopHints
    this.#stopHints = undefined
    await (await stopHints)?.()
  }

  #askLater(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#ask()
        .catch(() => undefined)
        .finally(() => {
          if (this.#listeners.size > 0) this.#askLater()
        })
    }, this.#options.pollMs).unref()
  }

  /** Resolves after a question that was put after the call. */
  #ask(): Promise<void> {
    if (this.#asking === undefined) {
      this.#asking = this.#put().finally(() => {
        this.#asking = undefined
      })
      return this.#asking
    }
    if (!this.#askAgain) {
      this.#askAgain = true
      const again = (): Promise<void> => {
        this.#askAgain = false
        return this.#ask()
      }
      this.#next = this.#asking.then(again, again)
    }
    return this.#next
  }

  async #put(): Promise<void> {
    // A question that was waiting for its turn when the last listener went.
    if (this.#listeners.size === 0) return
    const { source, timeoutMs, now } = this.#options
    const question = ++this.#question
    const askedAt = now()
    const { revision, keyIds } = await withTimeout(source.changesSince(this.#revision), timeoutMs)
    if (question !== this.#question) return
    const isNew = this.#revision !== revision
    const isFirst = this.#revision === undefined
    this.#revision = revision
    this.#lastKnownAt = askedAt
    if (!isNew || isFirst) return
    for (const listener of this.#listeners) for (const keyId of keyIds ?? [undefined]) listener(keyId)
  }
}

function throwOutage(cause: unknown): never {
  throw new DependencyError('dependency_unavailable', { dependency: 'credential store', cause })
}

async function withTimeout<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer in ${timeoutMs} ms.`)), timeoutMs).unref()
  })
  try {
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}
