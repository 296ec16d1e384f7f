import type { Batch, BatchAnswer, LaneOutcome, Patience } from './batch-answer.js'
import type { LaneItem } from './batcher.js'
import type { Timers } from './wakeup.js'

/** What the reader of the input made of a row: something to send, or an outcome without sending. */
export type LaneEntry<Item, Settled> = { readonly item: Item } | { readonly settled: Settled }

/** Why something is undecided; `error` is what the push throws when it has to stop because of it. */
export interface LaneFailure {
  readonly error: unknown
}

/** What the bulk engine is made of. It knows neither the network nor the API. */
export interface OrderLanesOptions<
  Input,
  Item extends LaneItem,
  Decision,
  Failure extends LaneFailure,
  Settled,
> {
  readonly source: Iterable<Input> | AsyncIterable<Input>
  readonly read: (input: Input, index: number) => LaneEntry<Item, Settled> | Promise<LaneEntry<Item, Settled>>
  /** Sends one batch, once. A rejection counts as `fatal`, unless the push was aborted. */
  readonly send: (batch: Batch<Item>, signal: AbortSignal) => Promise<BatchAnswer<Decision, Failure>>
  readonly patience: (attempt: number, failure: Failure) => Patience
  /** Lanes: batches under way at once. */
  readonly concurrency: number
  readonly batchSize: number
  readonly signal?: AbortSignal | undefined
  readonly onThrottled?: ((requestsPerSecond: number, pauseMs: number) => void) | undefined
  /** Shown outcomes before they are passed on; awaited. */
  readonly onSettled?:
    | ((rows: readonly PushedRow<Item, Decision, Failure, Settled>[]) => void | Promise<void>)
    | undefined
  readonly timers?: Timers | undefined
}

export type PushedRow<Item, Decision, Failure, Settled> =
  | LaneOutcome<Item, Decision, Failure>
  | { readonly settled: Settled }
