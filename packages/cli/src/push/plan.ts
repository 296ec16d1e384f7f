import { createEventId, normalizeEvent, OrderStatusError, type OrderStatusEvent } from '@countersign/sdk'
import { DigitColumns } from './digit-columns.js'
import type { InputRow } from './input-row.js'
import { RecentMap } from './recent-map.js'
import { describeRefusal, type Rejection } from './rejection.js'
import { SequenceCheck, type WarningCode } from './sequence-check.js'
import { countLine, type LineCount } from './summary.js'

/** What a plan needs to know. */
export interface PlanOptions {
  /** Part of the event ids by which duplicates are found. */
  readonly environment: string
  readonly now: () => Date
  readonly signal: AbortSignal
  /** False: `--no-spreadsheet-check`. */
  readonly checkNumbers: boolean
}

/** What the first reading of an input found out, before anything is sent. */
export interface Plan {
  readonly rows: number
  /** Rows that will be rejected without being sent. */
  readonly rejected: number
  readonly warnings: ReadonlyMap<WarningCode, LineCount>
  /** What becomes of a row, in the order of the file: rejected, a duplicate, or to be sent (undefined). */
  judge(row: InputRow, index: number): Rejection | 'duplicate' | undefined
}

/** Checks every row as the sdk does when it sends them, and sends nothing. */
export async function planRows(rows: AsyncIterable<InputRow>, options: PlanOptions): Promise<Plan> {
  const { environment, now, signal, checkNumbers } = options
  const seen = new RecentMap<true>()
  const duplicates = new Set<number>()
  const columns = new DigitColumns()
  const sequence = new SequenceCheck()
  const warnings = new Map<WarningCode, LineCount>()
  const rejected = new Set<number>()
  const warn = (code: WarningCode | undefined, line: number): void => {
    if (code !== undefined) countLine(warnings, code, line, '')
  }
  let index = 0
  for await (const row of rows) {
    signal.throwIfAborted()
    const event = row.fault === undefined ? normalizeRow(row, now()) : row.fault
    if ('code' in event) {
      rejected.add(index++)
      continue
    }
    if (checkNumbers && row.update !== undefined && Array.isArray(row.original)) columns.add(row.update)
    const key = identify(environment, event)
    if (seen.get(key) === true) duplicates.add(index)
    else {
      seen.set(key, true)
      warn(sequence.add(event), row.line)
      if (row.repeatedHour === true) warn('repeated_hour', row.line)
    }
    index++
  }
  return {
    rows: index,
    rejected: rejected.size + columns.damaged,
    warnings,
    judge(row, at) {
      if (row.fault !== undefined) return row.fault
      // Time goes on: a moment that lay ahead may have come.
      if (rejected.has(at)) {
        const event = normalizeRow(row, now())
        if ('code' in event) return event
      }
      const damage = Array.isArray(row.original) && checkNumbers ? columns.findFault(row) : undefined
      return damage ?? (duplicates.has(at) ? 'duplicate' : undefined)
    },
  }
}

function normalizeRow(row: InputRow, now: Date): ReturnType<typeof normalizeEvent> | Rejection {
  const update = row.update ?? {}
  try {
    return normalizeEvent(update as unknown as OrderStatusEvent, { now: now.getTime() })
  } catch (error) {
    if (error instanceof OrderStatusError) return describeRefusal(error, update, row.nameOf)
    throw error
  }
}

/** The same id with other content is no duplicate but a mistake, which the platform reports. */
function identify(environment: string, event: ReturnType<typeof normalizeEvent>): string {
  const contentId = createEventId(environment, event)
  return event.eventId === undefined || event.eventId === contentId
    ? contentId
    : `${event.eventId} ${contentId}`
}
