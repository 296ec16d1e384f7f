import type { PartnerError } from './errors.js'
import type { IdentifiedEvent, Receipt } from './order-event.js'
import type { ProblemDetails } from './problem-details.js'

/** How one row of `pushStatuses` ended. Every row that was read from the input has exactly one outcome. */
export type PushOutcome =
  | AcceptedOutcome
  | RejectedOutcome
  | DuplicateOutcome
  | PendingOutcome
  | SkippedOutcome

/** The API recorded the event, now or before (`receipt.replayed`). */
export interface AcceptedOutcome {
  readonly result: 'accepted'
  /** Position in the input, from 0. */
  readonly index: number
  readonly event: IdentifiedEvent
  readonly receipt: Receipt
}

/** The event will never be accepted as it is. Other rows of its order are not affected. */
export interface RejectedOutcome {
  readonly result: 'rejected'
  readonly index: number
  /** Undefined when the row could not be read as an event; nothing was sent then. */
  readonly event: IdentifiedEvent | undefined
  /** `code` is the server's, or `order_status_invalid` for a row that was not sent; `errors` name the fields. */
  readonly problem: ProblemDetails
}

/** The same event stood earlier in the input; it was sent once. */
export interface DuplicateOutcome {
  readonly result: 'duplicate'
  readonly index: number
  readonly event: IdentifiedEvent
  /** The position of the earlier one. */
  readonly of: number
}

/** `alreadySettled` said that an earlier push had settled it; it was not sent. Comes only where that option is given. */
export interface SkippedOutcome {
  readonly result: 'skipped'
  readonly index: number
  readonly event: IdentifiedEvent
}

/**
 * Undecided: attempts used up, aborted, or held back behind an undecided event of the same order. It may or may not have
 * been recorded. Push it again: the event id makes that safe.
 */
export interface PendingOutcome {
  readonly result: 'pending'
  readonly index: number
  readonly event: IdentifiedEvent
  /** `code` is `order_held_back` or `push_stopped` for a row that was not sent; else why the last attempt failed. */
  readonly error: PartnerError
}

/** How `pushStatuses` sends. */
export interface PushOptions {
  /** Lanes: batches under way at once. An order keeps to one lane. Default 8. */
  readonly concurrency?: number | undefined
  /** Rows in one request, 1 to 500. Default 100. */
  readonly batchSize?: number | undefined
  /** Ends the push: what is under way is cancelled, and every row that was read gets its outcome. */
  readonly signal?: AbortSignal | undefined
  /**
   * Told the outcomes that are known at one moment, before the loop gets them, and awaited: the place to write a journal,
   * many rows at a time. When it fails nothing more is sent, and the push throws its error after the outcomes.
   */
  readonly onSettled?: ((outcomes: readonly PushOutcome[]) => void | Promise<void>) | undefined
  /**
   * Asked for every valid row, in the order of the input: whether an earlier push settled it (accepted or rejected). Such a
   * row is not sent; its outcome is `skipped`. Never say so of a row that was pending: what is behind it must wait for it.
   */
  readonly alreadySettled?:
    | ((event: IdentifiedEvent, index: number) => boolean | Promise<boolean>)
    | undefined
  /** Told when the API asked to slow down (429). */
  readonly onThrottled?: ((info: ThrottleInfo) => void) | undefined
}

export interface ThrottleInfo {
  /** Requests a second from now on, over all lanes. */
  readonly requestsPerSecond: number
  /** How long nothing is sent at all. */
  readonly pauseMs: number
}
