import { WebhookError } from './webhook-error.js'

/**
 * Remembers accepted webhooks while a copy of them would still be fresh. One process only: receivers that run several must
 * also look at the event's own id, as a webhook may come more than once anyway.
 */
export class WebhookClaims {
  readonly #max: number
  readonly #until = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** @throws WebhookError `request_replayed`, `receiver_busy` when too many are remembered: rather not now than twice */
  claim(id: string, until: number, now: number): void {
    if ((this.#until.get(id) ?? Number.NEGATIVE_INFINITY) > now)
      throw new WebhookError(
        'request_replayed',
        'This webhook was accepted before. Sign it again to send it again.',
      )
    if (this.#until.size >= this.#max) this.#forget(now)
    if (this.#until.size >= this.#max)
      throw new WebhookError(
        'receiver_busy',
        'More webhooks came than can be remembered. Send it again later.',
      )
    this.#until.delete(id)
    this.#until.set(id, Math.max(now + 1000, until))
  }

  #forget(now: number): void {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id)
  }
}
