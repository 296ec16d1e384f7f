const LOWEST_PER_SECOND = 0.2
const REMEMBERED_SENDS = 32
const WITHOUT_HISTORY = 2
const DECREASE = 0.7
/** Of the lowered rate, added in a second of sending at the limit. */
const INCREASE = 0.1
const LEAST_INCREASE = 0.5

/**
 * How fast all lanes together may send. No limit until the service says "too fast" (429); then less than was sent so
 * far, and slowly more: additive increase, multiplicative decrease. Times are milliseconds of a monotonic clock.
 */
export class SendRate {
  #perSecond = Number.POSITIVE_INFINITY
  #step = 0
  #nextAt = 0
  #pausedUntil = 0
  #loweredAt = Number.NEGATIVE_INFINITY
  #grownAt = 0
  #isLimiting = false
  readonly #sends: number[] = []

  /** Milliseconds until a batch may be sent; 0: now. */
  delay(now: number): number {
    if (this.#nextAt > now) this.#isLimiting = true
    return Math.max(0, this.#pausedUntil - now, this.#nextAt - now)
  }

  sent(now: number): void {
    if (this.#perSecond !== Number.POSITIVE_INFINITY) {
      this.#nextAt = Math.max(this.#nextAt, now) + 1000 / this.#perSecond
      return
    }
    this.#sends.push(now)
    if (this.#sends.length > REMEMBERED_SENDS) this.#sends.shift()
  }

  /** A batch was not too fast. A limit that nobody had to wait for proves nothing, so it does not grow. */
  answered(now: number): void {
    if (this.#isLimiting) this.#perSecond += (this.#step * Math.min(1000, now - this.#grownAt)) / 1000
    this.#grownAt = now
    this.#isLimiting = false
  }

  /**
   * @param sentAt when the throttled batch was sent: several that were under way together lower the rate once
   * @returns requests a second from now on
   */
  throttled(sentAt: number, now: number, pauseMs: number): number {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs)
    if (sentAt < this.#loweredAt) return this.#perSecond
    this.#loweredAt = now
    this.#grownAt = now
    const before = this.#perSecond === Number.POSITIVE_INFINITY ? this.#observe(now) : this.#perSecond
    this.#perSecond = Math.max(LOWEST_PER_SECOND, before * DECREASE)
    this.#step = Math.max(LEAST_INCREASE, this.#perSecond * INCREASE)
    this.#nextAt = now + 1000 / this.#perSecond
    return this.#perSecond
  }

  #observe(now: number): number {
    const first = this.#sends[0]
    if (first === undefined || now - first < 1) return WITHOUT_HISTORY
    return (this.#sends.length * 1000) / (now - first)
  }
}
