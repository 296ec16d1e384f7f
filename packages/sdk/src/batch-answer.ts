/** What is known of one row after a batch was sent. */
export type Verdict<Decision, Failure> = { readonly decision: Decision } | { readonly undecided: Failure }

/** What came of a batch. */
export type BatchAnswer<Decision, Failure> =
  /** One verdict a row, in the order of the rows. */
  | { readonly verdicts: readonly Verdict<Decision, Failure>[] }
  /** Nothing is known of any row: no answer, or the service as a whole is busy or out of order. */
  | { readonly undecided: Failure; readonly throttled?: { readonly pauseMs: number } | undefined }
  /** The batch is refused as a whole because of what it holds: halves are tried; for a single row it is the decision. */
  | { readonly refused: Decision; readonly tooLarge: boolean }
  /** No row can be decided any more: stop. */
  | { readonly fatal: unknown }

/** What to do about an undecided row or batch. */
export type Patience = { readonly delayMs: number } | { readonly giveUp: 'rows' | 'all' }

/** Why a row has no decision. */
export type PendingReason = 'attempts_used_up' | 'held_back' | 'stopped'

export type LaneOutcome<Item, Decision, Failure> =
  | { readonly item: Item; readonly decision: Decision }
  | { readonly item: Item; readonly pending: PendingReason; readonly failure: Failure | undefined }

export interface Batch<Item> {
  readonly items: readonly Item[]
  /** From 1. */
  readonly attempt: number
}
