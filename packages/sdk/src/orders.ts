import { invalidResponse, readBody } from './answer.js'
import { OrderStatusError } from './errors.js'
import { createEventId } from './event-id.js'
import type { Attempt } from './exchange.js'
import { isOrderId, normalizeEvent } from './normalize-event.js'
import type { Order, RecordedEvent } from './order.js'
import type { IdentifiedEvent, OrderStatusEvent, OrderStatusUpdate, Receipt } from './order-event.js'
import { isRecord } from './problem-details.js'
import { isReceipt } from './receipt.js'
import type { PartnerRequest } from './request-builder.js'
import type { RetryPolicy } from './retry-policy.js'
import type { ReceivedResponse } from './transport-contract.js'

/** What {@link Orders} needs of its client. */
export interface OrdersParts {
  readonly environment: string
  readonly now: () => number
  readonly retry: RetryPolicy
  readonly run: (request: PartnerRequest) => Promise<ReceivedResponse>
  readonly attempt: (request: PartnerRequest, number: number) => Promise<Attempt>
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** The orders of the calling partner. */
export class Orders {
  readonly #parts: OrdersParts

  constructor(parts: OrdersParts) {
    this.#parts = parts
  }

  /**
   * Pushes one status. Safe to repeat: the event keeps its id through all attempts, and the same event is recorded once.
   *
   * @throws OrderStatusError (nothing was sent) and as `PartnerClient.request`
   *
   * @example
   * ```ts
   * import type { PartnerClient } from '@countersign/sdk'
   *
   * export async function report(client: PartnerClient): Promise<void> {
   *   const { effect } = await client.orders.pushStatus('A-1001', { status: 'delivered', occurredAt: '2026-11-23T08:40:00Z' })
   *   console.log(effect) // applied, late or no_change
   * }
   * ```
   */
  async pushStatus(orderId: string, update: OrderStatusUpdate, options: CallOptions = {}): Promise<Receipt> {
    const event = this.#identify({ ...update, orderId })
    const response = await this.#parts.run({
      method: 'POST',
      path: `/v1/orders/${orderId}/statuses`,
      body: event,
      repeatable: true,
      signal: options.signal,
    })
    const receipt = readBody(response)
    if (isReceipt(receipt, event.eventId)) return receipt
    throw invalidResponse(response, 'it holds no receipt for the event')
  }

  /** Reads how an order stands. @throws OrderStatusError `invalid_order_id`, and as `PartnerClient.request` */
  async get(orderId: string, options: CallOptions = {}): Promise<Order> {
    const response = await this.#parts.run({ method: 'GET', path: pathOf(orderId), signal: options.signal })
    const order = readBody(response)
    if (isRecord(order) && order['orderId'] === orderId) return order as unknown as Order
    throw invalidResponse(response, 'it holds no such order')
  }

  /**
   * Reads all events of an order in the order in which they were recorded, page by page as they are consumed.
   *
   * @throws as {@link get}
   */
  async *history(orderId: string, options: CallOptions = {}): AsyncGenerator<RecordedEvent, void, undefined> {
    const path = `${pathOf(orderId)}/statuses`
    let cursor: string | undefined
    do {
      const query = cursor === undefined ? undefined : { cursor }
      const response = await this.#parts.run({ method: 'GET', path, query, signal: options.signal })
      const page = readBody(response)
      if (!isRecord(page) || !Array.isArray(page['events']))
        throw invalidResponse(response, 'it holds no events')
      yield* page['events'] as RecordedEvent[]
      const next = page['nextCursor']
      // A cursor that does not move on would be read for ever.
      if (next !== undefined && (typeof next !== 'string' || next === cursor))
        throw invalidResponse(response, 'its cursor leads nowhere')
      cursor = next
    } while (cursor !== undefined)
  }

  #identify(event: OrderStatusEvent): IdentifiedEvent {
    const normalized = normalizeEvent(event, { now: this.#parts.now() })
    return {
      ...normalized,
      eventId: normalized.eventId ?? createEventId(this.#parts.environment, normalized),
    }
  }
}

function pathOf(orderId: string): string {
  if (isOrderId(orderId)) return `/v1/orders/${orderId}`
  const detail = 'This must be 1 to 64 characters of A-Z a-z 0-9 . _ -, and neither "." nor "..".'
  throw new OrderStatusError([{ pointer: '/orderId', code: 'invalid_order_id', detail }])
}
