import { invalidResponse, readBody } from './answer.js'
import type { ApiAccess } from './api-access.js'
import { UsageError } from './errors.js'
import { isEventId } from './normalize-event.js'
import type { EventProof } from './order.js'
import type { CallOptions } from './orders.js'
import { isRecord } from './problem-details.js'

/** Events that the calling partner pushed. */
export class Events {
  readonly #api: ApiAccess

  constructor(api: ApiAccess) {
    this.#api = api
  }

  /**
   * Reads the proof that an event was received: its receipt, and the request that brought it.
   *
   * @throws UsageError `option_invalid`, and as `PartnerClient.request`; RequestRefusedError `event_not_found`
   *
   * @example
   * ```ts
   * import type { PartnerClient } from '@countersign/sdk'
   *
   * export async function prove(client: PartnerClient, eventId: string): Promise<string> {
   *   const { requestId, bodySha256 } = await client.events.get(eventId)
   *   return `request ${requestId} brought it, in a body with the hash ${bodySha256}`
   * }
   * ```
   */
  async get(eventId: string, options: CallOptions = {}): Promise<EventProof> {
    if (!isEventId(eventId)) {
      const message = 'An event id must be 16 to 64 characters of A-Z a-z 0-9 _ -.'
      throw new UsageError('option_invalid', message)
    }
    const path = `/v1/events/${eventId}`
    const response = await this.#api.run({ method: 'GET', path, signal: options.signal })
    const proof = readBody(response)
    if (isRecord(proof) && isRecord(proof['event']) && proof['event']['eventId'] === eventId)
      return proof as unknown as EventProof
    throw invalidResponse(response, 'it proves nothing about this event')
  }
}
