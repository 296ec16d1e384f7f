import { type AccessToken, HeldToken, type IssuedToken } from './access-token.js'
import type { CredentialEvent } from './debug-event.js'
import { PartnerError } from './errors.js'
import type { TokenCache } from './token-cache.js'
import type { TokenClock } from './token-clock.js'
import { TokenFailure } from './token-failure.js'

/** What an access token source is made of. It knows neither OAuth nor the network. */
export interface AccessTokenSourceOptions {
  /** SHA-256 of everything that the token depends on, in hex. */
  readonly key: string
  /** One token request. Has its own timeout: callers come and go. */
  readonly request: () => Promise<IssuedToken>
  readonly cache?: TokenCache | undefined
  readonly clock: TokenClock
  /** From 0 to below 1. */
  readonly random: () => number
  readonly onEvent: (event: CredentialEvent) => void
}

/**
 * Keeps one access token fresh: one request under way, whoever waits; an old token is served while the next one is
 * fetched; failures are remembered; a token that the API refused is never served again.
 */
export class AccessTokenSource {
  readonly #options: AccessTokenSourceOptions
  #held: HeldToken | undefined
  #pending: Promise<HeldToken> | undefined
  #failure: TokenFailure | undefined
  /** Rises when a token is refused: what was asked for before must not be kept after. */
  #generation = 0
  #refused: string | undefined

  constructor(options: AccessTokenSourceOptions) {
    this.#options = options
  }

  /**
   * A token that is good now. An abort of `signal` rejects this call only.
   *
   * @throws what the token request throws, also for a while after it failed; the reason of `signal`
   */
  async get(signal?: AbortSignal): Promise<HeldToken> {
    signal?.throwIfAborted()
    const held = this.#held
    const stage = held?.stage ?? 'expired'
    if (held !== undefined && stage === 'fresh') return held
    const now = this.#options.clock.monotonic()
    const failure = this.#failure?.isOver(now) === false ? this.#failure : undefined
    if (held !== undefined && stage === 'soft') {
      if (failure === undefined) void this.#refresh().catch(() => undefined)
      return held
    }
    const usable = stage === 'hard' ? held : undefined
    if (failure !== undefined) {
      if (usable !== undefined) return usable
      throw failure.describe(now)
    }
    try {
      return await unlessAborted(this.#refresh(), signal)
    } catch (error) {
      if (
        signal?.aborted !== true &&
        usable !== undefined &&
        this.#held === usable &&
        usable.stage === 'hard'
      )
        return usable
      throw error
    }
  }

  /** The API refused this token. Of several who say so, the first one counts. */
  invalidate(value: string): void {
    if (this.#held?.token.value !== value) return
    this.#generation++
    this.#refused = value
    this.#held = undefined
    this.#pending = undefined
  }

  /** Forgets the token and the failure that is remembered. */
  forget(): void {
    this.#failure = undefined
    if (this.#held !== undefined) this.invalidate(this.#held.token.value)
  }

  #refresh(): Promise<HeldToken> {
    if (this.#pending !== undefined) return this.#pending
    const pending = this.#obtain(this.#generation).finally(() => {
      if (this.#pending === pending) this.#pending = undefined
    })
    this.#pending = pending
    return pending
  }

  async #obtain(generation: number): Promise<HeldToken> {
    const { cache, key, clock, random, onEvent } = this.#options
    try {
      let requested: HeldToken | undefined
      const fetch = async (): Promise<AccessToken> => (requested = await this.#request()).token
      const token =
        cache === undefined
          ? await fetch()
          : await cache.share(
              key,
              token => this.#isGood(token),
              fetch,
              reason => onEvent({ type: 'token_cache_unusable', reason }),
            )
      const held =
        requested?.token === token
          ? requested
          : (HeldToken.adopt(token, clock, random) ?? (await this.#request()))
      if (generation === this.#generation) {
        this.#held = held
        this.#failure = undefined
      }
      return held
    } catch (error) {
      if (generation === this.#generation) {
        this.#failure = new TokenFailure(error, this.#failure, clock.monotonic(), random)
        const code = error instanceof PartnerError ? error.code : 'unknown'
        const serving = this.#held !== undefined && this.#held.stage !== 'expired'
        onEvent({ type: 'token_refused', code, serving })
      }
      throw error
    }
  }

  /** The life of a token is counted from the start of the request: how long the answer took is not known to its maker. */
  async #request(): Promise<HeldToken> {
    const { request, clock, random } = this.#options
    const startedAt = clock.monotonic()
    const issuedAt = clock.wall()
    const { expiresInMs, ...issued } = await request()
    return new HeldToken({ ...issued, issuedAt, expiresAt: issuedAt + expiresInMs }, startedAt, clock, random)
  }

  /** Whether a token that another process wrote down will do. */
  #isGood(token: AccessToken): boolean {
    const { clock, random } = this.#options
    if (token.value === this.#refused) return false
    return HeldToken.adopt(token, clock, random)?.stage === 'fresh'
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
