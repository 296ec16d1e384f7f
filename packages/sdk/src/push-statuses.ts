import type { ApiAccess } from './api-access.js'
import type { LaneOutcome, Patience } from './batch-answer.js'
import { OrderStatusError, PartnerError } from './errors.js'
import { type BatchFailure, type BatchItem, type RowDecision, sendBatch } from './event-batch.js'
import { createEventId } from './event-id.js'
import { normalizeEvent } from './normalize-event.js'
import type { IdentifiedEvent, OrderStatusEvent } from './order-event.js'
import { OrderLanes } from './order-lanes.js'
import type { LaneEntry } from './order-lanes-options.js'
import type {
  DuplicateOutcome,
  PendingOutcome,
  PushOptions,
  PushOutcome,
  RejectedOutcome,
  SkippedOutcome,
} from './push-outcome.js'
import { decideRetry } from './retry-policy.js'
import { SeenEvents } from './seen-events.js'

/** Pushes many events through the bulk engine: rows in, outcomes out. */
export async function* pushStatuses(
  api: ApiAccess,
  updates: Iterable<OrderStatusEvent> | AsyncIterable<OrderStatusEvent>,
  options: PushOptions & { readonly concurrency: number; readonly batchSize: number },
): AsyncGenerator<PushOutcome, void, undefined> {
  const { concurrency, batchSize, signal, onThrottled, onSettled } = options
  const read = createRowReader(api, options.alreadySettled)
  /** Each row is described once, for the hook and for the loop. */
  let described: PushOutcome[] = []
  const lanes = new OrderLanes<OrderStatusEvent, BatchItem, RowDecision, BatchFailure, SettledHere>({
    source: updates,
    read,
    send: (batch, cancel) => sendBatch(api, batch, cancel),
    patience: (attempt, failure) => findPatience(api, attempt, failure),
    concurrency,
    batchSize,
    signal,
    onSettled: rows => {
      described = rows.map(row => ('settled' in row ? row.settled : describeOutcome(row)))
      return onSettled?.(described)
    },
    onThrottled: onThrottled && ((requestsPerSecond, pauseMs) => onThrottled({ requestsPerSecond, pauseMs })),
  })
  let next = 0
  for await (const _ of lanes.run()) {
    yield described[next++] as PushOutcome
    if (next === described.length) next = 0
  }
}

/** Rows that need no sending. */
type SettledHere = RejectedOutcome | DuplicateOutcome | SkippedOutcome

function createRowReader(
  api: ApiAccess,
  alreadySettled: PushOptions['alreadySettled'],
): (
  update: OrderStatusEvent,
  index: number,
) => LaneEntry<BatchItem, SettledHere> | Promise<LaneEntry<BatchItem, SettledHere>> {
  const seen = new SeenEvents()
  const decide = (event: IdentifiedEvent, index: number, skip: boolean): LaneEntry<BatchItem, SettledHere> =>
    skip
      ? { settled: { result: 'skipped', index, event } }
      : { item: { index, orderId: event.orderId, event } }
  return (update, index) => {
    try {
      const normalized = normalizeEvent(update, { now: api.now() })
      const contentId = createEventId(api.environment, normalized)
      const event = { ...normalized, eventId: normalized.eventId ?? contentId }
      const of = seen.add(event.eventId, contentId, index)
      if (of !== undefined) return { settled: { result: 'duplicate', index, event, of } }
      const skip = alreadySettled?.(event, index) ?? false
      // No promise where none is needed: this is the hot path of a push.
      return typeof skip === 'boolean'
        ? decide(event, index, skip)
        : skip.then(known => decide(event, index, known))
    } catch (error) {
      if (!(error instanceof OrderStatusError)) throw error
      return { settled: { result: 'rejected', index, event: undefined, problem: describeInvalidRow(error) } }
    }
  }
}

function describeInvalidRow(error: OrderStatusError): RejectedOutcome['problem'] {
  return {
    type: 'about:blank',
    title: 'The order status is not valid',
    status: 422,
    detail: error.message,
    code: error.code,
    retryable: false,
    errors: error.errors,
  }
}

function findPatience(api: ApiAccess, attempt: number, failure: BatchFailure): Patience {
  const decision = decideRetry(api.retry, attempt, failure.outcome, api.now())
  if ('delayMs' in decision) return decision
  // Asked to stay away for long: other batches would only be turned away as well.
  return { giveUp: decision.stop === 'retry_after_too_long' ? 'all' : 'rows' }
}

function describeOutcome(row: LaneOutcome<BatchItem, RowDecision, BatchFailure>): PushOutcome {
  const { index, event } = row.item
  if ('decision' in row) return { ...row.decision, index, event }
  return { result: 'pending', index, event, error: describePending(row.pending, row.failure?.error) }
}

function describePending(
  reason: Extract<LaneOutcome<BatchItem, RowDecision, BatchFailure>, { pending: unknown }>['pending'],
  error: PartnerError | undefined,
): PendingOutcome['error'] {
  if (reason === 'attempts_used_up' && error !== undefined) return error
  if (reason === 'stopped') {
    const message = 'The push was stopped before this event was decided. Push it again.'
    return new PartnerError('push_stopped', message, { retryable: true })
  }
  const message =
    'An earlier event of this order is undecided, so this one was not sent or not decided. Push both again.'
  return new PartnerError('order_held_back', message, { retryable: true, cause: error })
}
