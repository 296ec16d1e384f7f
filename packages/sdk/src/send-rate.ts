const LOWEST_PER_SECOND = 0.2
const REMEMBERED_SENDS = 32
const WITHOUT_HISTORY = 2

/**
 * How fast all lanes together may send. No limit until the service says "too fast" (429); then half of what was sent
 * so far, and slowly more with every answer: additive increase, multiplicative decrease. Times are milliseconds of a
 * monotonic clock.
 */
export class SendRate {
  #perSecond = Number.POSITIVE_INFINITY
  #step = 0
  #nextAt = 0
  #pausedUntil = 0
  #loweredAt = Number.NEGATIVE_INFINITY
  #sends: number[] = []

  /** Milliseconds until a batch may be sent; 0: now. */
  delay(now: number): number {
    return Math.max(0, this.#pausedUntil - now, this.#nextAt - now)
  }

  sent(now: number): void {
    this.#sends.push(now)
    if (this.#sends.length > REMEMBERED_SENDS) this.#sends.shift()
    if (this.#perSecond !== Number.POSITIVE_INFINITY)
      this.#nextAt = Math.max(this.#nextAt, now) + 1000 / this.#perSecond
  }

  answered(): void {
    this.#perSecond += this.#step / this.#perSecond
  }

  /**
   * @param sentAt when the throttled batch was sent: several that were under way together lower the rate once
   * @returns requests a second from now on
   */
  throttled(sentAt: number, now: number, pauseMs: number): number {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + pauseMs)
    if (sentAt < this.#loweredAt) return this.#perSecond
    this.#loweredAt = now
    this.#perSecond = Math.max(LOWEST_PER_SECOND, Math.min(this.#perSecond, this.#observed(now)) / 2)
    this.#step = Math.max(0.5, this.#perSecond / 10)
    this.#nextAt = now + 1000 / this.#perSecond
    return this.#perSecond
  }

  #observed(now: number): number {
    const first = this.#sends[0]
    if (first === undefined || now - first < 1) return WITHOUT_HISTORY
    return (this.#sends.length * 1000) / (now - first)
  }
}
