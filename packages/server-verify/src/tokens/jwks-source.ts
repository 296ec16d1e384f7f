import type { KeyObject } from 'node:crypto'
import { DependencyError } from '../errors.js'
import { ExpiringCache } from './expiring-cache.js'
import { KeySet } from './json-web-key-set.js'

/** How long keys are used and how often they are asked for. All in seconds. */
export interface JwksTimes {
  /** From this age on, keys are fetched again while the old ones serve. Default 300. */
  readonly refreshAfterSeconds: number
  /** From this age on, a request waits for new keys, unless the last attempt failed. Default 600. */
  readonly maxAgeSeconds: number
  /** While fetching fails, keys serve up to this age. Beyond it: 503. Default 3600. */
  readonly maxStaleSeconds: number
  /** Least time between two fetches for the sake of an unknown key id. Default 30. */
  readonly coolDownSeconds: number
  /** Least time between a failed fetch and the next. Default 5. */
  readonly retryAfterSeconds: number
}

export const DEFAULT_JWKS_TIMES: JwksTimes = {
  refreshAfterSeconds: 300,
  maxAgeSeconds: 600,
  maxStaleSeconds: 3600,
  coolDownSeconds: 30,
  retryAfterSeconds: 5,
}

/** Where the keys of one issuer come from. */
export interface KeySource {
  /**
   * @returns `undefined`: the issuer has no such key
   * @throws DependencyError whether it has cannot be told now
   */
  findKey(kid: string | undefined, algorithm: string): KeyObject | undefined | Promise<KeyObject | undefined>
}

/** How often keys were asked for, for metrics. */
export interface JwksCounts {
  readonly fetches: number
  readonly failures: number
}

const MAX_UNKNOWN_KIDS = 1000
const UNKNOWN_KID_MS = 60_000

/**
 * The published keys of one issuer. There is one fetch at a time, whoever asks; key ids that nobody published cause at
 * most one fetch per cool-down, whatever their number. No timers: everything happens because a request asks.
 */
export class JwksSource implements KeySource {
  readonly #fetch: () => Promise<unknown>
  readonly #name: string
  readonly #times: JwksTimes
  readonly #now: () => number
  readonly #unknownKids = new ExpiringCache<true>(MAX_UNKNOWN_KIDS)
  #keys: KeySet | undefined = undefined
  #fetchedAt = Number.NEGATIVE_INFINITY
  /** Of the last attempt, when it failed. */
  #failure: { readonly at: number; readonly cause: unknown } | undefined = undefined
  #inFlight: Promise<void> | undefined = undefined
  #fetches = 0
  #failures = 0

  /**
   * @param name of the issuer, for the error of an outage
   * @param fetch gets the key set; must end by itself
   */
  constructor(name: string, fetch: () => Promise<unknown>, times: JwksTimes, now: () => number) {
    this.#name = name
    this.#fetch = fetch
    this.#times = times
    this.#now = now
  }

  get counts(): JwksCounts {
    return { fetches: this.#fetches, failures: this.#failures }
  }

  findKey(
    kid: string | undefined,
    algorithm: string,
  ): KeyObject | undefined | Promise<KeyObject | undefined> {
    const age = this.#age()
    if (this.#keys !== undefined && age < this.#times.maxAgeSeconds) {
      if (age >= this.#times.refreshAfterSeconds) this.#refreshBehind()
      return this.#keys.find(kid, algorithm) ?? this.#findUnknown(kid, algorithm)
    }
    return this.#findInOld(kid, algorithm)
  }

  async #findInOld(kid: string | undefined, algorithm: string): Promise<KeyObject | undefined> {
    const canServe = this.#keys !== undefined && this.#age() < this.#times.maxStaleSeconds
    // While fetching fails, nobody waits for it as long as the old keys serve.
    if (canServe && this.#failure !== undefined) this.#refreshBehind()
    else await this.#refresh()
    return this.#usableKeys().find(kid, algorithm) ?? this.#findUnknown(kid, algorithm)
  }

  async #findUnknown(kid: string | undefined, algorithm: string): Promise<KeyObject | undefined> {
    const name = `${algorithm} ${kid ?? ''}`
    const isKnownUnknown = this.#unknownKids.get(name, this.#now()) !== undefined
    if (isKnownUnknown && this.#failure === undefined) return undefined
    // A set this young would hold it.
    if (this.#failure === undefined && this.#age() < this.#times.coolDownSeconds) return undefined
    const isMine = this.#inFlight === undefined
    await this.#refresh()
    // Whether it was published meanwhile cannot be told.
    if (this.#failure !== undefined) throw this.#outage()
    const key = this.#usableKeys().find(kid, algorithm)
    if (key === undefined && isMine) this.#unknownKids.set(name, true, this.#now() + UNKNOWN_KID_MS)
    return key
  }

  #usableKeys(): KeySet {
    if (this.#keys === undefined || this.#age() >= this.#times.maxStaleSeconds) throw this.#outage()
    return this.#keys
  }

  #outage(): DependencyError {
    return new DependencyError('dependency_unavailable', {
      dependency: `keys of ${this.#name}`,
      retryAfter: this.#times.retryAfterSeconds,
      cause: this.#failure?.cause,
    })
  }

  #refreshBehind(): void {
    void this.#refresh()
  }

  /** Never rejects; whether it worked is in `#failure`. Joins a fetch under way; soon after a failure it does nothing. */
  #refresh(): Promise<void> {
    if (this.#inFlight !== undefined) return this.#inFlight
    if (this.#failure !== undefined && this.#secondsSince(this.#failure.at) < this.#times.retryAfterSeconds)
      return Promise.resolve()
    this.#inFlight = this.#load().finally(() => {
      this.#inFlight = undefined
    })
    return this.#inFlight
  }

  async #load(): Promise<void> {
    this.#fetches++
    try {
      this.#keys = KeySet.read(await this.#fetch())
      this.#fetchedAt = this.#now()
      this.#failure = undefined
    } catch (cause) {
      this.#failures++
      this.#failure = { at: this.#now(), cause }
    }
  }

  #age(): number {
    const age = this.#secondsSince(this.#fetchedAt)
    // The clock was set back: how old they are is not known, so ask again.
    return age < 0 ? this.#times.maxAgeSeconds : age
  }

  #secondsSince(moment: number): number {
    return (this.#now() - moment) / 1000
  }
}

/** Keys that were handed over with the configuration. */
export function createStaticKeySource(document: unknown): KeySource {
  const keys = KeySet.read(document)
  if (keys.size === 0) throw new TypeError('jwks holds no key that can verify a signature.')
  return { findKey: (kid, algorithm) => keys.find(kid, algorithm) }
}
