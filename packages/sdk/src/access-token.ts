import type { TokenClock } from './token-clock.js'

/** A token as the token endpoint issued it. */
export interface IssuedToken {
  readonly value: string
  readonly type: 'Bearer' | 'DPoP'
  /** The granted scope, if the server named it. */
  readonly scope?: string | undefined
  readonly expiresInMs: number
}

/** The same with its place in time, as it can be written down. */
export interface AccessToken extends Omit<IssuedToken, 'expiresInMs'> {
  /** When the request for it began. Milliseconds since 1970-01-01T00:00:00Z. */
  readonly issuedAt: number
  readonly expiresAt: number
}

/**
 * How a token stands. `fresh`: use it. `soft`: use it and fetch the next one behind. `hard`: fetch the next one first.
 * `expired`: it is no token any more.
 */
export type TokenStage = 'fresh' | 'soft' | 'hard' | 'expired'

const SOFT_WINDOW_MS = 120_000
const HARD_WINDOW_MS = 30_000
/** A token that somebody else wrote down may come from a clock that is a little ahead, and no more than that. */
const MAX_AHEAD_MS = 5000

/** A token in use: its age is the larger of what both clocks say, so neither a step nor a sleep makes it younger. */
export class HeldToken {
  readonly token: AccessToken
  readonly #clock: TokenClock
  readonly #startedAt: number
  readonly #softAgeMs: number
  readonly #hardAgeMs: number
  readonly #lifeMs: number

  /** @param startedAt when the request for it began, on the monotonic clock */
  constructor(token: AccessToken, startedAt: number, clock: TokenClock, random: () => number) {
    this.token = token
    this.#clock = clock
    this.#startedAt = startedAt
    this.#lifeMs = token.expiresAt - token.issuedAt
    // ± 20 %: processes that started together do not refresh together.
    const soft = Math.min(SOFT_WINDOW_MS, this.#lifeMs * 0.25) * (0.8 + 0.4 * random())
    this.#softAgeMs = this.#lifeMs - soft
    this.#hardAgeMs = this.#lifeMs - Math.min(HARD_WINDOW_MS, this.#lifeMs * 0.1)
  }

  /** For a token out of a cache. @returns undefined when it is from the future: then its age is unknown */
  static adopt(token: AccessToken, clock: TokenClock, random: () => number): HeldToken | undefined {
    const age = clock.wall() - token.issuedAt
    if (!(age >= -MAX_AHEAD_MS)) return undefined
    return new HeldToken(token, clock.monotonic() - Math.max(0, age), clock, random)
  }

  get ageMs(): number {
    return Math.max(this.#clock.monotonic() - this.#startedAt, this.#clock.wall() - this.token.issuedAt)
  }

  get stage(): TokenStage {
    const age = this.ageMs
    if (age < this.#softAgeMs) return 'fresh'
    if (age < this.#hardAgeMs) return 'soft'
    return age < this.#lifeMs ? 'hard' : 'expired'
  }
}
