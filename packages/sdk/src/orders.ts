import { invalidResponse, readBody } from './answer.js'
import type { ApiAccess } from './api-access.js'
import { OrderStatusError, UsageError } from './errors.js'
import { createEventId } from './event-id.js'
import { isOrderId, normalizeEvent } from './normalize-event.js'
import type { Order, RecordedEvent } from './order.js'
import type { IdentifiedEvent, OrderStatusEvent, OrderStatusUpdate, Receipt } from './order-event.js'
import { isRecord } from './problem-details.js'
import type { PushOptions, PushOutcome } from './push-outcome.js'
import { pushStatuses } from './push-statuses.js'
import { isReceipt } from './receipt.js'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** How to read a list. */
export interface ListOptions extends CallOptions {
  /** Entries in one answer, 1 to 200. Default: the server's, 50. */
  readonly pageSize?: number | undefined
}

/** The orders of the calling partner. */
export class Orders {
  readonly #api: ApiAccess

  constructor(api: ApiAccess) {
    this.#api = api
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
    const response = await this.#api.run({
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

  /**
   * Pushes many statuses: in batches, several at once, and yet the events of one order in the order of the input.
   * The input is read only as fast as outcomes are consumed; leaving the loop ends the push. Outcomes come as they are
   * known; `index` says which row each is about.
   *
   * Every row that was read has one outcome, also when the push ends early. An abort of `signal` ends it without
   * throwing. AuthenticationError (401, 403) and every other failure that no row can get past are thrown after the
   * outcomes; so is what the input itself throws.
   *
   * @throws UsageError `option_invalid`
   *
   * @example
   * ```ts
   * import type { OrderStatusEvent, PartnerClient } from '@countersign/sdk'
   *
   * export async function pushAll(client: PartnerClient, rows: AsyncIterable<OrderStatusEvent>): Promise<number> {
   *   let open = 0
   *   for await (const outcome of client.orders.pushStatuses(rows, { concurrency: 8, batchSize: 100 })) {
   *     if (outcome.result === 'rejected') console.log(outcome.index, outcome.problem.code, outcome.problem.detail)
   *     if (outcome.result === 'pending') open++
   *   }
   *   return open // push the same rows again: what was recorded is recognised
   * }
   * ```
   */
  pushStatuses(
    updates: Iterable<OrderStatusEvent> | AsyncIterable<OrderStatusEvent>,
    options: PushOptions = {},
  ): AsyncGenerator<PushOutcome, void, undefined> {
    const { concurrency = 8, batchSize = 100 } = options
    assertCount('concurrency', concurrency, 256)
    assertCount('batchSize', batchSize, 500)
    return pushStatuses(this.#api, updates, { ...options, concurrency, batchSize })
  }

  /** Reads how an order stands. @throws OrderStatusError `invalid_order_id`, and as `PartnerClient.request` */
  async get(orderId: string, options: CallOptions = {}): Promise<Order> {
    const response = await this.#api.run({ method: 'GET', path: pathOf(orderId), signal: options.signal })
    const order = readBody(response)
    if (isRecord(order) && order['orderId'] === orderId) return order as unknown as Order
    throw invalidResponse(response, 'it holds no such order')
  }

  /**
   * Reads all events of an order in the order in which they were recorded, page by page as they are consumed.
   *
   * @throws UsageError `option_invalid`, and as {@link get}
   */
  async *history(orderId: string, options: ListOptions = {}): AsyncGenerator<RecordedEvent, void, undefined> {
    const { pageSize, signal } = options
    if (pageSize !== undefined) assertCount('pageSize', pageSize, 200)
    const path = `${pathOf(orderId)}/statuses`
    let cursor: string | undefined
    do {
      const query = {
        ...(cursor !== undefined && { cursor }),
        ...(pageSize !== undefined && { limit: String(pageSize) }),
      }
      const response = await this.#api.run({ method: 'GET', path, query, signal })
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
    const normalized = normalizeEvent(event, { now: this.#api.now() })
    return {
      ...normalized,
      eventId: normalized.eventId ?? createEventId(this.#api.environment, normalized),
    }
  }
}

function assertCount(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return
  throw new UsageError('option_invalid', `${name} must be a whole number from 1 to ${max}.`)
}

function pathOf(orderId: string): string {
  if (isOrderId(orderId)) return `/v1/orders/${orderId}`
  const detail = 'This must be 1 to 64 characters of A-Z a-z 0-9 . _ -, and neither "." nor "..".'
  throw new OrderStatusError([{ pointer: '/orderId', code: 'invalid_order_id', detail }])
}
