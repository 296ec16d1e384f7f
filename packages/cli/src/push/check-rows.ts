import { createEventId, normalizeEvent, OrderStatusError, type OrderStatusEvent } from '@countersign/sdk'
import type { InputRow } from './input-row.js'
import type { Ledger } from './ledger.js'
import { describeRefusal } from './rejection.js'

/** What a check needs to know. */
export interface CheckOptions {
  /** Part of the event ids by which duplicates are found. */
  readonly environment: string
  readonly now: () => Date
  readonly signal: AbortSignal
}

/** Checks rows as the sdk does when it sends them, and sends nothing. Valid rows stay uncounted, as pending ones. */
export async function checkRows(
  rows: AsyncIterable<InputRow>,
  ledger: Ledger,
  { environment, now, signal }: CheckOptions,
): Promise<void> {
  const seen = new Set<string>()
  for await (const row of rows) {
    signal.throwIfAborted()
    if (row.fault !== undefined) {
      await ledger.rejected(row, row.fault)
      continue
    }
    const update = row.update ?? {}
    try {
      const event = normalizeEvent(update as unknown as OrderStatusEvent, { now: now().getTime() })
      const eventId = event.eventId ?? createEventId(environment, event)
      if (seen.has(eventId)) await ledger.duplicate(row)
      seen.add(eventId)
    } catch (error) {
      if (!(error instanceof OrderStatusError)) throw error
      await ledger.rejected(row, describeRefusal(error, update, row.nameOf))
    }
  }
}
