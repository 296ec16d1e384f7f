import { parseHttpDate } from './retry-after.js'
import type { ReceivedResponse } from './transport-contract.js'

const MAX_OFFSET_MS = 86_400_000

/** This machine's clock and what a server said about it. Shared by all requests of a client. */
export class CorrectedClock {
  readonly #clock: () => number
  #offsetMs = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Milliseconds since 1970-01-01T00:00:00Z, corrected. */
  now(): number {
    return this.#clock() + this.#offsetMs
  }

  /**
   * Takes over the server's time from a `clock_skew` answer.
   *
   * @returns false when the answer is no evidence: no readable Date, a Date out of a cache (`Age`), or more than 24 h off
   */
  adopt(response: ReceivedResponse): boolean {
    if (response.headers['age'] !== undefined) return false
    const serverTime = parseHttpDate(response.headers['date'])
    if (serverTime === undefined) return false
    const offsetMs = serverTime - this.#clock()
    if (Math.abs(offsetMs) > MAX_OFFSET_MS) return false
    this.#offsetMs = offsetMs
    return true
  }
}
